//! `query`: SQL over the stored events, as a table, CSV or JSON lines.

use clap::ArgMatches;
use flow::{Answer, QueryValue as Value, csv_line, csv_text, json_line};

use super::{Misuse, open_case, text};
use crate::{
    exit::Exit,
    screen::{Screen, Tone},
    table::Table,
};

/// Ways to print an answer; the first is used when none is given.
pub(crate) const TYPES: &[&str] = &["table", "csv", "jsonl"];

/// Rows by which the widths of a table's columns are chosen: all of them would not be bounded.
const MEASURED_ROWS: usize = 1_000;

/// Characters of a cell in a table: more would break every line. The other types give all.
const CELL_CHARACTERS: usize = 80;

pub(super) fn run(arguments: &ArgMatches, screen: &mut Screen) -> anyhow::Result<Exit> {
    let mut case = open_case(arguments, screen)?;
    let statement = text(arguments, "statement").unwrap_or_default();
    if statement.trim().is_empty() {
        return Err(Misuse("the statement is empty".to_string()).into());
    }
    let kind = text(arguments, "type").unwrap_or_else(|| if screen.json { "jsonl" } else { TYPES[0] }.to_string());
    let mut answer = flow::query(&case, &statement)?;
    super::looked_with(&mut case, "query", &[("statement", &statement)], screen);
    match kind.as_str() {
        "csv" => csv(&mut answer, screen)?,
        "jsonl" => json_lines(&mut answer, screen)?,
        _ => table(&mut answer, screen)?,
    }
    Ok(Exit::Done)
}

fn csv(answer: &mut Answer, screen: &mut Screen) -> anyhow::Result<()> {
    screen.data(&csv_line(answer.columns().iter().map(|name| csv_text(name))))?;
    while let Some(rows) = answer.next_rows()? {
        for row in rows {
            let cells = row.iter().map(|value| match value {
                // What an engine counted is no formula, whatever its sign.
                Value::Text(text) => csv_text(text),
                other => plain(other),
            });
            screen.data(&csv_line(cells))?;
        }
    }
    Ok(())
}

fn json_lines(answer: &mut Answer, screen: &mut Screen) -> anyhow::Result<()> {
    let columns = answer.columns().to_vec();
    while let Some(rows) = answer.next_rows()? {
        for row in rows {
            let mut line = String::from("{");
            for (at, (name, value)) in columns.iter().zip(&row).enumerate() {
                let separator = if at == 0 { "" } else { "," };
                line.push_str(&format!("{separator}{}:{}", json_line(name), json_line(&json(value))));
            }
            line.push('}');
            screen.data(&line)?;
        }
    }
    Ok(())
}

fn table(answer: &mut Answer, screen: &mut Screen) -> anyhow::Result<()> {
    if answer.columns() == ["plan_type", "plan"] {
        return plans(answer, screen);
    }
    let headings: Vec<String> = answer.columns().iter().map(|name| model::display_safe(name)).collect();
    let mut table = Table::new(headings);
    let mut count = 0_u64;
    let mut printed = 0;
    while let Some(rows) = answer.next_rows()? {
        for row in rows {
            count += 1;
            table.row(row.iter().map(cell).collect());
        }
        if table.rows() > MEASURED_ROWS {
            printed = print(&mut table, printed, screen)?;
        }
    }
    print(&mut table, printed, screen)?;
    screen.say("cli-query-rows", &[("count", &count.to_string())]);
    Ok(())
}

/// What `explain` says: texts of many lines, which no table holds.
fn plans(answer: &mut Answer, screen: &mut Screen) -> anyhow::Result<()> {
    while let Some(rows) = answer.next_rows()? {
        for row in rows {
            for (at, text) in row.iter().map(plain).enumerate() {
                let tone = if at == 0 { Tone::Strong } else { Tone::Plain };
                for line in text.lines() {
                    let line = screen.paint(tone, &model::display_safe(line));
                    screen.data(&line)?;
                }
            }
        }
    }
    Ok(())
}

/// Prints the rows that were collected, under headings the first time.
fn print(table: &mut Table, printed: usize, screen: &mut Screen) -> anyhow::Result<usize> {
    let lines = table.take_lines();
    for (at, line) in lines.iter().enumerate() {
        let tone = if printed + at == 0 { Tone::Strong } else { Tone::Plain };
        let line = screen.paint(tone, line);
        screen.data(&line)?;
    }
    Ok(printed + lines.len())
}

fn cell(value: &Value) -> String {
    let text = model::display_safe(&plain(value));
    match text.char_indices().nth(CELL_CHARACTERS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::UInt(value) => value.to_string(),
        Value::Float(value) => value.to_string(),
        Value::Text(text) => text.clone(),
    }
}

fn json(value: &Value) -> serde_json::Value {
    match value {
        Value::Null => serde_json::Value::Null,
        Value::Bool(value) => (*value).into(),
        Value::Int(value) => (*value).into(),
        Value::UInt(value) => (*value).into(),
        Value::Float(value) => (*value).into(),
        Value::Text(text) => text.as_str().into(),
    }
}

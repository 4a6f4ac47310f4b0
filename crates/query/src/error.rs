//! Why a statement has no answer, in words for the person who wrote it.

use std::io;

use datafusion::{
    common::{DataFusionError, SchemaError},
    sql::sqlparser::parser::ParserError,
};

use crate::{Limits, session::TABLE};

/// Characters of the statement that are shown from where it cannot be read.
const SHOWN_CHARACTERS: usize = 24;

/// A statement without an answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// It cannot be read.
    #[error("the statement cannot be read{place}: {cause}")]
    Syntax {
        /// Line and column, where the parser gives them, and what stands there.
        place: String,
        /// What was expected.
        cause: String,
    },
    /// It names a column that does not exist.
    #[error("there is no column {name}; there are: {known}", known = .known.join(", "))]
    UnknownColumn {
        /// The name.
        name: String,
        /// The names that could stand there.
        known: Vec<String>,
    },
    /// It names a table that does not exist.
    #[error("there is no table {name}; the only one is {TABLE}")]
    UnknownTable {
        /// The name.
        name: String,
    },
    /// It would change something.
    #[error("only statements that read are answered: {cause}")]
    NotReading {
        /// What it would do.
        cause: String,
    },
    /// It can be read, and does not make sense.
    #[error("the statement does not make sense: {cause}")]
    Plan {
        /// Why.
        cause: String,
    },
    /// It needs more memory than it may have, and cannot put aside what does not fit.
    #[error("the statement needs more than {limit_bytes} bytes of memory: {cause}")]
    Memory {
        /// The limit.
        limit_bytes: usize,
        /// What asked for how much.
        cause: String,
    },
    /// What does not fit in memory cannot be put aside, or a file cannot be read.
    #[error("cannot read events or put intermediate results aside: {source}")]
    Io {
        /// Why.
        source: io::Error,
    },
    /// Threads cannot be started.
    #[error("cannot start threads: {source}")]
    Threads {
        /// Why.
        source: io::Error,
    },
    /// It failed while rows were computed.
    #[error("the statement failed: {cause}")]
    Failed {
        /// Why.
        cause: String,
    },
}

impl Error {
    /// The key of the text that tells a person what to do next.
    pub fn next_step(&self) -> &'static str {
        match self {
            Self::Syntax { .. } | Self::Plan { .. } | Self::Failed { .. } => "next-query-statement",
            Self::UnknownColumn { .. } => "next-query-column",
            Self::UnknownTable { .. } => "next-query-table",
            Self::NotReading { .. } => "next-query-read-only",
            Self::Memory { .. } => "next-query-memory",
            Self::Io { source } => match source.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "next-storage-full",
                io::ErrorKind::PermissionDenied => "next-file-permission",
                _ => "next-file-device",
            },
            Self::Threads { .. } => "next-file-device",
        }
    }

    /// Whether the statement is at fault, and not the machine or the case.
    pub fn is_of_statement(&self) -> bool {
        !matches!(self, Self::Io { .. } | Self::Threads { .. })
    }

    pub(crate) fn of(error: &DataFusionError, statement: &str, limits: &Limits) -> Self {
        let root = error.find_root();
        if let Some(source) = io_error(root) {
            return Self::Io { source };
        }
        let cause = || one_line(&root.strip_backtrace());
        match root {
            DataFusionError::SQL(error, _) => syntax(error, statement),
            DataFusionError::SchemaError(error, _) => match &**error {
                SchemaError::FieldNotFound { field, valid_fields } => Self::UnknownColumn {
                    name: field.name.clone(),
                    known: valid_fields.iter().map(|column| column.name.clone()).collect(),
                },
                _ => Self::Plan { cause: cause() },
            },
            DataFusionError::ResourcesExhausted(_) => Self::Memory { limit_bytes: limits.memory_bytes, cause: cause() },
            DataFusionError::Plan(text) => planning(text),
            DataFusionError::NotImplemented(_) => Self::Plan { cause: cause() },
            _ => Self::Failed { cause: cause() },
        }
    }
}

/// DataFusion tells these apart in words only.
fn planning(text: &str) -> Error {
    if ["DDL not supported", "DML not supported", "Statement not supported"].iter().any(|no| text.starts_with(no)) {
        return Error::NotReading { cause: one_line(text) };
    }
    let table = text.strip_prefix("table '").and_then(|rest| rest.strip_suffix("' not found"));
    match table.and_then(|name| name.rsplit('.').next()) {
        Some(name) => Error::UnknownTable { name: name.to_string() },
        None => Error::Plan { cause: one_line(text) },
    }
}

fn syntax(error: &ParserError, statement: &str) -> Error {
    let (ParserError::TokenizerError(text) | ParserError::ParserError(text)) = error else {
        return Error::Syntax { place: String::new(), cause: "it is nested too deeply".to_string() };
    };
    let Some((cause, at)) = text.rsplit_once(" at Line: ") else {
        return Error::Syntax { place: String::new(), cause: one_line(text) };
    };
    let (line, column) = at.split_once(", Column: ").unwrap_or((at, ""));
    let number = |text: &str| text.trim().parse::<usize>().ok().and_then(|number| number.checked_sub(1));
    let rest = number(line).zip(number(column)).and_then(|(line, column)| {
        let rest: String = statement.lines().nth(line)?.chars().skip(column).take(SHOWN_CHARACTERS).collect();
        (!rest.is_empty()).then_some(rest)
    });
    let before = rest.map(|rest| format!(", before “{rest}”")).unwrap_or_default();
    Error::Syntax { place: format!(" at line {line}, column {column}{before}"), cause: one_line(cause) }
}

/// An error of the operating system at the bottom of it, whichever library wrapped it.
fn io_error(error: &DataFusionError) -> Option<io::Error> {
    let mut next: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = next {
        if let Some(error) = error.downcast_ref::<io::Error>() {
            return Some(io::Error::new(error.kind(), error.to_string()));
        }
        next = error.source();
    }
    None
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

//! Rule files as trees: YAML with a bound on everything.
//!
//! Scalars keep their text and whether they were quoted: Falco's `443` and Sigma's `null` mean different things by it.

use std::collections::BTreeMap;

use yaml_rust2::{Event, parser::Parser, scanner::TScalarStyle};

use crate::fault::{Kind, Reason};

/// Bytes of one file. The whole of a community's rules in one file has some hundred thousand.
const FILE_BYTES_MAX: usize = 8 << 20;
/// Nesting of lists and maps.
const DEPTH_MAX: usize = 32;
/// Lists, maps and scalars of one file, counted again wherever an alias repeats them.
const NODES_MAX: usize = 400_000;
/// Keys of one map, which are looked through one by one.
const KEYS_MAX: usize = 1_000;

/// A value and the line where it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Node {
    pub(crate) line: u32,
    pub(crate) value: Value,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    /// The text, and whether it stands there without quotes.
    Scalar(String, bool),
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
}

impl Node {
    pub(crate) fn get(&self, key: &str) -> Option<&Node> {
        self.entries().iter().find(|entry| entry.0 == key).map(|entry| &entry.1)
    }

    pub(crate) fn entries(&self) -> &[(String, Node)] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    pub(crate) fn items(&self) -> &[Node] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    pub(crate) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar(text, _) => Some(text),
            _ => None,
        }
    }

    /// The items of a list, or the one value that stands in its place.
    pub(crate) fn one_or_more(&self) -> &[Node] {
        match &self.value {
            Value::List(items) => items,
            _ => std::slice::from_ref(self),
        }
    }

    pub(crate) fn is_null(&self) -> bool {
        matches!(&self.value, Value::Scalar(text, true) if matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL"))
    }

    pub(crate) fn bool(&self) -> Option<bool> {
        match self.text()?.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" | "y" => Some(true),
            "false" | "no" | "off" | "n" => Some(false),
            _ => None,
        }
    }
}

/// The documents of a text that could be read, and what is wrong with the others, by line.
///
/// A text that breaks off is read again piece by piece, each beginning with a line that starts with `separator`, so that
/// one bad rule does not cost the file.
pub(crate) fn read(text: &str, separator: &str) -> (Vec<Node>, Vec<(u32, Reason)>) {
    if text.len() > FILE_BYTES_MAX {
        return (Vec::new(), vec![(1, Reason::new(Kind::TooLarge, format!("{} bytes", text.len())))]);
    }
    let mut room = NODES_MAX;
    let first = match documents(text, 0, &mut room) {
        Ok(documents) => return (documents, Vec::new()),
        Err(fault) => fault,
    };
    let starts: Vec<usize> = pieces(text, separator);
    if starts.len() < 2 {
        return (Vec::new(), vec![first]);
    }
    let (mut found, mut faults) = (Vec::new(), Vec::new());
    let mut line = 0;
    room = NODES_MAX;
    for (at, &start) in starts.iter().enumerate() {
        let piece = &text[start..starts.get(at + 1).copied().unwrap_or(text.len())];
        match documents(piece, line, &mut room) {
            Ok(documents) => found.extend(documents),
            Err(fault) => faults.push(fault),
        }
        line += u32::try_from(piece.matches('\n').count()).unwrap_or(0);
    }
    (found, faults)
}

/// Where the lines begin that start with `separator`, and the text.
fn pieces(text: &str, separator: &str) -> Vec<usize> {
    let mut starts = vec![0];
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if at > 0 && line.starts_with(separator) {
            starts.push(at);
        }
        at += line.len();
    }
    starts
}

fn documents(text: &str, lines_before: u32, room: &mut usize) -> Result<Vec<Node>, (u32, Reason)> {
    let mut parser = Parser::new(text.chars());
    let mut builder = Builder { room, open: Vec::new(), anchors: BTreeMap::new(), documents: Vec::new() };
    loop {
        let (event, mark) = parser.next_token().map_err(|cause| {
            let line = u32::try_from(cause.marker().line()).unwrap_or(0);
            (lines_before + line.max(1), Reason::new(Kind::NotYaml, cause.info()))
        })?;
        if event == Event::StreamEnd {
            return Ok(builder.documents);
        }
        let line = lines_before + u32::try_from(mark.line()).unwrap_or(0).max(1);
        builder.take(event, line).map_err(|reason| (line, reason))?;
    }
}

/// Builds trees from the parser's events without recursion.
struct Builder<'r> {
    room: &'r mut usize,
    open: Vec<Open>,
    anchors: BTreeMap<usize, (Node, usize)>,
    documents: Vec<Node>,
}

/// A list or map that is not at its end.
struct Open {
    node: Node,
    key: Option<String>,
    anchor: usize,
    /// Nodes of it so far.
    size: usize,
}

impl Builder<'_> {
    fn take(&mut self, event: Event, line: u32) -> Result<(), Reason> {
        match event {
            Event::Scalar(text, style, anchor, _) => {
                let value = Value::Scalar(text, style == TScalarStyle::Plain);
                self.add(Node { line, value }, 1, 1, anchor)
            }
            Event::SequenceStart(anchor, _) => self.begin(Value::List(Vec::new()), line, anchor),
            Event::MappingStart(anchor, _) => self.begin(Value::Map(Vec::new()), line, anchor),
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(done) => self.add(done.node, done.size, 1, done.anchor),
                None => Ok(()),
            },
            Event::Alias(anchor) => {
                let Some((node, size)) = self.anchors.get(&anchor) else {
                    return Err(Reason::new(Kind::NotYaml, "an alias of nothing"));
                };
                // Asked before it is copied.
                if *size > *self.room {
                    return Err(Reason::new(Kind::TooLarge, format!("more than {NODES_MAX} values")));
                }
                let (node, size) = (node.clone(), *size);
                self.add(node, size, size, 0)
            }
            _ => Ok(()),
        }
    }

    fn begin(&mut self, value: Value, line: u32, anchor: usize) -> Result<(), Reason> {
        if self.open.len() >= DEPTH_MAX {
            return Err(Reason::new(Kind::TooDeep, format!("more than {DEPTH_MAX} levels")));
        }
        self.open.push(Open { node: Node { line, value }, key: None, anchor, size: 1 });
        Ok(())
    }

    /// Puts a value where it belongs. `size` counts all of it, `new` what of it was not counted before.
    fn add(&mut self, node: Node, size: usize, new: usize, anchor: usize) -> Result<(), Reason> {
        let too_many = || Reason::new(Kind::TooLarge, format!("more than {NODES_MAX} values"));
        *self.room = self.room.checked_sub(new).ok_or_else(too_many)?;
        if anchor > 0 {
            self.anchors.insert(anchor, (node.clone(), size));
        }
        let Some(open) = self.open.last_mut() else {
            self.documents.push(node);
            return Ok(());
        };
        open.size += size;
        match &mut open.node.value {
            Value::List(items) => items.push(node),
            Value::Map(entries) => match open.key.take() {
                Some(key) => {
                    if entries.len() >= KEYS_MAX {
                        return Err(Reason::new(Kind::TooLarge, format!("more than {KEYS_MAX} keys in a map")));
                    }
                    if entries.iter().any(|entry| entry.0 == key) {
                        return Err(Reason::new(Kind::NotYaml, format!("the key {key} stands twice in a map")));
                    }
                    entries.push((key, node));
                }
                None => match node.value {
                    Value::Scalar(key, _) => open.key = Some(key),
                    _ => return Err(Reason::new(Kind::NotYaml, "a key that is no text")),
                },
            },
            Value::Scalar(..) => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_bad_item_costs_itself() {
        let text = "- rule: a\n  x: 1\n- rule: b\n  x: \"never closed\n- rule: c\n  x: 3\n";
        let (found, faults) = read(text, "- ");
        let names: Vec<_> = found.iter().flat_map(Node::items).map(|item| item.get("rule").unwrap().text()).collect();
        assert_eq!(names, [Some("a"), Some("c")]);
        assert_eq!(faults.len(), 1);
        assert!((3..=6).contains(&faults[0].0), "{faults:?}");
    }

    #[test]
    fn aliases_are_counted_and_not_followed_without_end() {
        let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for at in 1..9 {
            let before = at - 1;
            let list = vec![format!("*a{before}"); 10].join(", ");
            text.push_str(&format!("a{at}: &a{at} [{list}]\n"));
        }
        let (found, faults) = read(&text, "---");
        assert!(found.is_empty());
        assert_eq!(faults[0].1.kind, Kind::TooLarge);
        assert_eq!(read("a: &x 1\nb: *x\n", "---").0[0].get("b").unwrap().text(), Some("1"));
    }

    #[test]
    fn depth_has_a_bound() {
        let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert_eq!(read(&nested(DEPTH_MAX), "---").1, []);
        assert_eq!(read(&nested(DEPTH_MAX + 1), "---").1[0].1.kind, Kind::TooDeep);
        assert_eq!(read(&"[".repeat(100_000), "---").1.len(), 1);
    }

    #[test]
    fn quotes_decide_what_is_null() {
        let (found, _) = read("a: null\nb: 'null'\nc:\n", "---");
        let null = |key: &str| found[0].get(key).unwrap().is_null();
        assert_eq!([null("a"), null("b"), null("c")], [true, false, true]);
    }
}

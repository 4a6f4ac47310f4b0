//! Cuts a source of JSON objects into items: one object per line, one object over several lines, or
//! the members of a top-level array or of a list in an envelope (`items`, `records`, …), however large the whole is.
//!
//! Lines are the rule and the safe case: a broken line costs only itself. Whether a source is cut
//! into lines or by brackets is decided by its first object and kept. Where brackets rule, an object that is never
//! closed would take all that follows with it; indentation then says where the next one begins.

mod nesting;

use crate::lines::{Content, LINE_BYTES_MAX, Line, Lines};
use nesting::Nesting;

/// One object, or what stands in its place.
pub(crate) struct Item<'a> {
    /// Offset of its first byte.
    pub offset: u64,
    /// Its bytes in the source, with the line end where it is a line.
    pub bytes: u64,
    /// What was found.
    pub content: ItemContent<'a>,
}

/// What stands at an item's place.
pub(crate) enum ItemContent<'a> {
    /// Text that should be one JSON value.
    Text(&'a [u8]),
    /// More than [`LINE_BYTES_MAX`] bytes.
    TooLong,
    /// An object that is not closed where the source ends or the next object begins.
    Torn,
    /// Bytes between objects that are no white space, comma or bracket.
    Junk,
    /// Blank lines, and the brackets and fields around the items: part of the framing.
    Frame,
}

/// The lists of a format's envelopes: how deep the key stands (1: a field of the whole object), and the key.
#[derive(Clone, Copy)]
pub(crate) struct Lists {
    /// Their members are always items.
    pub always: &'static [(u64, &'static [u8])],
    /// Their members are items where the object spans lines or is too long for one. An object on a line of its own
    /// stays whole: a broken one costs only itself, and its other fields say where the members come from.
    pub when_long: &'static [(u64, &'static [u8])],
}

impl Lists {
    /// `items`, as in every list of Kubernetes.
    pub const ITEMS: Self = Self { always: &[(1, b"items")], when_long: &[] };
}

/// Cuts chunks into items.
pub(crate) struct JsonItems {
    lists: Lists,
    mode: Mode,
    /// Bytes before the decision, at most [`LINE_BYTES_MAX`].
    head: Vec<u8>,
}

enum Mode {
    Undecided,
    Lines(Lines),
    Brackets(Box<Brackets>),
}

impl JsonItems {
    pub fn new(lists: Lists) -> Self {
        Self { lists, mode: Mode::Undecided, head: Vec::new() }
    }

    /// The same at the start of another source.
    pub fn anew(&self) -> Self {
        Self::new(self.lists)
    }

    /// Gives every item that `chunk` completes to `each`.
    pub fn push(&mut self, chunk: &[u8], each: &mut dyn FnMut(Item<'_>)) {
        if let Mode::Undecided = self.mode {
            self.head.extend_from_slice(chunk);
            let ended = self.head.len() > LINE_BYTES_MAX;
            if let Some(bracketed) = is_bracketed(&self.head, self.lists, ended) {
                self.decide(bracketed, each);
            }
            return;
        }
        self.feed(chunk, each);
    }

    /// Gives what the end of the source leaves.
    pub fn finish(&mut self, each: &mut dyn FnMut(Item<'_>)) {
        if let Mode::Undecided = self.mode {
            let bracketed = is_bracketed(&self.head, self.lists, true).unwrap_or(false);
            self.decide(bracketed, each);
        }
        match &mut self.mode {
            Mode::Lines(lines) => lines.finish(|line| each(of_line(&line))),
            Mode::Brackets(brackets) => brackets.finish(each),
            Mode::Undecided => {}
        }
    }

    fn decide(&mut self, bracketed: bool, each: &mut dyn FnMut(Item<'_>)) {
        self.mode =
            if bracketed { Mode::Brackets(Box::new(Brackets::new(self.lists))) } else { Mode::Lines(Lines::default()) };
        let head = std::mem::take(&mut self.head);
        self.feed(&head, each);
    }

    fn feed(&mut self, chunk: &[u8], each: &mut dyn FnMut(Item<'_>)) {
        match &mut self.mode {
            Mode::Lines(lines) => lines.push(chunk, |line| each(of_line(&line))),
            Mode::Brackets(brackets) => brackets.push(chunk, each),
            Mode::Undecided => {}
        }
    }
}

fn of_line<'a>(line: &Line<'a>) -> Item<'a> {
    let content = match line.content {
        Content::TooLong => ItemContent::TooLong,
        Content::Text(text) if text.iter().all(u8::is_ascii_whitespace) => ItemContent::Frame,
        Content::Text(text) => ItemContent::Text(text),
    };
    Item { offset: line.offset, bytes: line.bytes, content }
}

/// Whether the first object reaches over a line end or has a list of items; `None`: cannot tell yet.
/// `ended`: no more bytes will come, or no more are waited for.
fn is_bracketed(head: &[u8], lists: Lists, ended: bool) -> Option<bool> {
    let undecided = if ended { Some(false) } else { None };
    // Never more, however the source was cut into chunks.
    let head = &head[..head.len().min(LINE_BYTES_MAX + 1)];
    let Some(start) = head.iter().position(|byte| !byte.is_ascii_whitespace()) else { return undecided };
    match head[start] {
        b'[' => return Some(true),
        b'{' => {}
        _ => return Some(false),
    }
    let mut nesting = Nesting::new(lists);
    for &byte in &head[start..] {
        if byte == b'\n' && nesting.depth > 0 {
            return Some(!nesting.in_string);
        }
        nesting.byte(byte);
        if nesting.in_always {
            return Some(true);
        }
        if nesting.depth == 0 {
            return Some(false);
        }
    }
    // A list that is longer than any line.
    if nesting.in_items && head.len() > LINE_BYTES_MAX { Some(true) } else { undecided }
}

/// Cuts by brackets, with what is known of the place in the document.
struct Brackets {
    nesting: Nesting,
    /// Depth at which items begin: 0, or inside the list.
    floor: u64,
    offset: u64,
    /// Start of the stretch that is not given out yet.
    start: u64,
    /// Text of the item, or of the object that may turn out to hold the items.
    text: Vec<u8>,
    too_long: bool,
    /// Whether the stretch is an object (else it is framing).
    in_object: bool,
    /// Whether the list is over, and the object around it is not.
    in_tail: bool,
    junk: bool,
    line: LineStart,
    /// Where the latest item began on its line.
    item_line: LineStart,
    /// Where in `text` the line stands that may begin the next item, should this one never be closed.
    next_line: Option<usize>,
    /// Whether an object was not closed already: from there on, such a line begins an item at once. Kept for the
    /// rest of the source, so that no byte is read more than twice.
    wary: bool,
}

/// How a line begins.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct LineStart {
    /// Spaces and tabs at its start.
    indent: usize,
    /// Whether there was anything else on it.
    filled: bool,
}

impl LineStart {
    fn byte(&mut self, byte: u8) {
        match byte {
            b'\n' => *self = Self::default(),
            b' ' | b'\t' | b'\r' if !self.filled => self.indent += 1,
            _ => self.filled = true,
        }
    }
}

impl Brackets {
    fn new(lists: Lists) -> Self {
        Self {
            nesting: Nesting::new(lists),
            floor: 0,
            offset: 0,
            start: 0,
            text: Vec::new(),
            too_long: false,
            in_object: false,
            in_tail: false,
            junk: false,
            line: LineStart::default(),
            item_line: LineStart::default(),
            next_line: None,
            wary: false,
        }
    }

    /// Stretches that change nothing (the inside of strings, indentation) are taken as a whole, every other byte alone.
    fn push(&mut self, mut chunk: &[u8], each: &mut dyn FnMut(Item<'_>)) {
        while let Some((&byte, rest)) = chunk.split_first() {
            let plain = match (self.in_object, self.nesting.in_string, self.nesting.escaped) {
                (true, true, false) => memchr::memchr3(b'"', b'\\', b'\n', chunk).unwrap_or(chunk.len()),
                (true, false, _) if byte == b' ' => chunk.iter().take_while(|&&byte| byte == b' ').count(),
                _ => 0,
            };
            if self.in_object && !self.wary && self.text.len() + plain.max(1) > LINE_BYTES_MAX {
                self.begin_at_next_line(each);
                continue;
            }
            if plain > 0 {
                let (plain, rest) = chunk.split_at(plain);
                if self.nesting.in_string {
                    self.nesting.plain(plain);
                } else if !self.line.filled {
                    self.line.indent += plain.len();
                }
                self.keep(plain);
                self.offset += plain.len() as u64;
                chunk = rest;
                continue;
            }
            self.byte(byte, each);
            chunk = rest;
        }
    }

    fn keep(&mut self, bytes: &[u8]) {
        let room = LINE_BYTES_MAX - self.text.len();
        self.too_long |= bytes.len() > room;
        self.text.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    fn byte(&mut self, byte: u8, each: &mut dyn FnMut(Item<'_>)) {
        let line = self.line;
        self.line.byte(byte);
        let begins_line = matches!(byte, b'{' | b'[') && !line.filled && !self.nesting.in_string;
        if begins_line && self.in_object && line.indent <= self.item_line.indent {
            if self.wary {
                let content = if self.too_long { ItemContent::TooLong } else { ItemContent::Torn };
                self.break_off(line, content, each);
            } else {
                self.next_line = self.next_line.or(Some(self.text.len()));
            }
        } else if begins_line && line.indent < self.list_indent() {
            // The list or the fields behind it were not closed, and another document begins.
            self.give(ItemContent::Torn, each);
            self.begin_document();
        }
        if !self.in_object {
            self.between(byte, line, each);
        } else {
            self.nesting.byte(byte);
            self.keep(&[byte]);
            if self.nesting.in_items && self.floor == 0 {
                // What looked like one object is the frame of a list.
                self.floor = self.nesting.depth;
                self.offset += 1;
                self.in_object = false;
                self.give(ItemContent::Frame, each);
                return;
            }
            if self.nesting.depth == self.floor {
                if self.next_line.is_some() && !self.wary && !is_json(&self.text) {
                    // Closed by what another one left open.
                    return self.begin_at_next_line(each);
                }
                self.offset += 1;
                self.in_object = false;
                let text = std::mem::take(&mut self.text);
                let content = if self.too_long { ItemContent::TooLong } else { ItemContent::Text(&text) };
                self.give(content, each);
                self.text = text;
                return;
            }
        }
        self.offset += 1;
    }

    /// The indentation below which no line belongs to the list that was entered.
    fn list_indent(&self) -> usize {
        match (self.in_object, self.in_tail) {
            (true, _) => 0,
            (false, true) => 1,
            (false, false) if self.floor > 0 && !self.item_line.filled => self.item_line.indent,
            (false, false) => 0,
        }
    }

    fn begin_document(&mut self) {
        self.floor = 0;
        self.in_tail = false;
        self.item_line = LineStart::default();
        self.nesting = Nesting::new(self.nesting.lists);
    }

    /// Ends the open object before a line that begins like the next one.
    fn break_off(&mut self, next: LineStart, content: ItemContent<'_>, each: &mut dyn FnMut(Item<'_>)) {
        self.in_object = false;
        self.give(content, each);
        let same_list = self.floor > 0 && !self.item_line.filled && next.indent == self.item_line.indent;
        if same_list {
            (self.nesting.depth, self.nesting.in_string, self.nesting.escaped) = (self.floor, false, false);
        } else {
            self.begin_document();
        }
    }

    /// The object is too long, or no JSON, or the source has ended inside it: if a line in it looks like the start of
    /// the next item, it was not closed, and reading goes on at that line.
    fn begin_at_next_line(&mut self, each: &mut dyn FnMut(Item<'_>)) {
        self.wary = true;
        let Some(at) = self.next_line.take() else { return };
        let again = self.text.split_off(at);
        self.offset = self.start + at as u64;
        let indent = self.text.iter().rev().take_while(|byte| b" \t\r".contains(byte)).count();
        let line = LineStart { indent, filled: false };
        self.break_off(line, ItemContent::Torn, each);
        self.line = line;
        self.push(&again, each);
    }

    fn between(&mut self, byte: u8, line: LineStart, each: &mut dyn FnMut(Item<'_>)) {
        if self.in_tail {
            self.nesting.byte(byte);
            self.end_of_list();
            return;
        }
        let framing = byte.is_ascii_whitespace() || b",[]}".contains(&byte);
        // A member of a list may be a list itself (a row of a query's result).
        let opens = byte == b'{' || byte == b'[' && self.floor > 0 && self.nesting.depth == self.floor;
        if opens && !self.nesting.in_string {
            self.give_between(each);
            self.in_object = true;
            self.item_line = line;
            self.next_line = None;
            self.text.clear();
            self.text.push(byte);
            self.nesting.byte(byte);
            return;
        }
        if framing == self.junk && self.offset > self.start {
            self.give_between(each);
        }
        self.junk = !framing;
        self.nesting.byte(byte);
        if self.floor == 0 {
            self.floor = self.nesting.depth;
        } else if self.nesting.depth < self.floor {
            self.in_tail = true;
            self.end_of_list();
        }
    }

    /// Behind the list stand the fields that follow `items` in the same object; when that ends too,
    /// another document may follow.
    fn end_of_list(&mut self) {
        if self.nesting.depth == 0 && !self.nesting.in_string {
            self.begin_document();
        }
    }

    fn give_between(&mut self, each: &mut dyn FnMut(Item<'_>)) {
        let content = if self.junk { ItemContent::Junk } else { ItemContent::Frame };
        self.junk = false;
        self.give(content, each);
    }

    fn give(&mut self, content: ItemContent<'_>, each: &mut dyn FnMut(Item<'_>)) {
        if self.offset > self.start {
            each(Item { offset: self.start, bytes: self.offset - self.start, content });
        }
        self.start = self.offset;
        self.too_long = false;
        self.text.clear();
    }

    fn finish(&mut self, each: &mut dyn FnMut(Item<'_>)) {
        if self.in_object && !self.wary {
            self.begin_at_next_line(each);
        }
        if self.in_object {
            let content = if self.too_long { ItemContent::TooLong } else { ItemContent::Torn };
            self.in_object = false;
            self.give(content, each);
        } else if self.nesting.depth > 0 && !self.junk {
            // The list, or the object around it.
            self.give(ItemContent::Torn, each);
        } else {
            self.give_between(each);
        }
    }
}

fn is_json(text: &[u8]) -> bool {
    serde_json::from_slice::<serde::de::IgnoredAny>(text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LISTS: Lists =
        Lists { always: &[(1, b"items"), (2, b"hits")], when_long: &[(1, b"records"), (1, b"logEvents")] };

    fn items(text: &[u8], size: usize) -> Vec<(u64, u64, String)> {
        let mut found = Vec::new();
        let mut each = |item: Item<'_>| {
            let content = match item.content {
                ItemContent::Text(text) => String::from_utf8_lossy(text).into_owned(),
                ItemContent::TooLong => "too long".into(),
                ItemContent::Torn => "torn".into(),
                ItemContent::Junk => "junk".into(),
                ItemContent::Frame => "frame".into(),
            };
            found.push((item.offset, item.bytes, content));
        };
        let mut cutter = JsonItems::new(LISTS);
        text.chunks(size).for_each(|chunk| cutter.push(chunk, &mut each));
        cutter.finish(&mut each);
        found
    }

    fn texts(text: &str) -> Vec<String> {
        let found = items(text.as_bytes(), text.len().max(1));
        found.into_iter().map(|item| item.2).filter(|text| text != "frame").collect()
    }

    #[test]
    fn the_spellings_of_a_stream_give_the_same_items() {
        assert_eq!(texts("{\"a\":1}\n{\"b\":2}\n"), ["{\"a\":1}", "{\"b\":2}"]);
        assert_eq!(texts("{\"a\":\n1}\n{\"b\":2}\n"), ["{\"a\":\n1}", "{\"b\":2}"]);
        assert_eq!(texts("[{\"a\":1},{\"b\":2}]"), ["{\"a\":1}", "{\"b\":2}"]);
        let list = "{\"kind\":\"EventList\",\"items\":[{\"a\":[1]},\n {\"b\":{}}],\"metadata\":{\"x\":{}}}";
        assert_eq!(texts(list), ["{\"a\":[1]}", "{\"b\":{}}"]);
        assert_eq!(texts(&format!("{list}\n{list}")), ["{\"a\":[1]}", "{\"b\":{}}", "{\"a\":[1]}", "{\"b\":{}}"]);
    }

    #[test]
    fn envelopes_on_one_line_stay_whole_and_long_ones_are_cut() {
        let line = "{\"records\":[{\"a\":1}],\"x\":[2]}\n";
        assert_eq!(texts(line), ["{\"records\":[{\"a\":1}],\"x\":[2]}"]);
        assert_eq!(texts("{\"group\":\"g\",\n\"logEvents\":[{\"a\":1},\n{\"b\":2}]}"), ["{\"a\":1}", "{\"b\":2}"]);
        let found = texts("{\"took\":1,\"hits\":{\"total\":{},\"hits\":[{\"_id\":\"1\"},{\"hits\":[{}]}]}}");
        assert_eq!(found, ["{\"_id\":\"1\"}", "{\"hits\":[{}]}"]);
        assert_eq!(texts("{\n\"items\":[[{\"a\":1},{\"b\":2}],\n[]]}"), ["[{\"a\":1},{\"b\":2}]", "[]"]);
        let member = format!("{{\"a\":\"{}\"}}", "x".repeat(LINE_BYTES_MAX / 2));
        let long = format!("{{\"records\":[{member},{member},{member}]}}");
        for size in [long.len(), 40_000] {
            assert_eq!(items(long.as_bytes(), size).iter().filter(|item| item.2.starts_with("{\"a\"")).count(), 3);
        }
    }

    #[test]
    fn a_torn_end_and_junk_have_their_own_places() {
        assert_eq!(texts("{\"items\":[{\"a\":1},{\"b\":"), ["{\"a\":1}", "torn"]);
        assert_eq!(texts("[{\"a\":1} oops {\"b\":2}]"), ["{\"a\":1}", "junk", "{\"b\":2}"]);
        assert_eq!(texts("junk\n{\"a\":1}\n"), ["junk", "{\"a\":1}"], "a line is for the format to judge");
    }

    #[test]
    fn an_object_that_is_never_closed_costs_only_itself() {
        let (a, b) = ("{\n  \"a\": [\n    {\"x\": 1}\n  ]\n}\n", "{\n  \"b\": 2\n}\n");
        let whole = |text: &str| text.trim_end().to_string();
        for torn in ["{\n  \"c\": {\n", "{\n  \"c\": \"x\\\n", "{\n  \"c\": [[[[[[\n"] {
            let found = texts(&format!("{a}{torn}{b}{a}"));
            assert_eq!(found, [whole(a), "torn".into(), whole(b), whole(a)], "{torn}");
            // In a list, members are as far in as each other, and a document begins at the margin.
            let member = |text: &str| whole(&text.replace('\n', "\n  "));
            let list = |members: &[&str]| {
                let members: Vec<_> = members.iter().map(|text| format!("  {}", member(text))).collect();
                format!("{{\"items\": [\n{}\n", members.join(",\n"))
            };
            let found = texts(&format!("{}{}]}}\n", list(&[a, torn, b, a]), list(&[b])));
            assert_eq!(found, [member(a), "torn".into(), member(b), member(a), "torn".into(), member(b)], "{torn}");
        }
        // What closes it later does not make it whole.
        assert_eq!(texts(&format!("{{\n  \"c\": {{\n{b}}}}}\n")), ["torn", &whole(b)]);
        let torn_tail = "{\"items\": [\n  {\"a\": 1}],\n  \"metadata\": {\n";
        let torn_list = "{\"items\": [\n  {\"a\": 1},\n";
        let one_line = "{\"items\": [{\"a\": 1}, {\"b\": \n";
        assert_eq!(texts(&format!("{torn_tail}{b}")), ["{\"a\": 1}", "torn", &whole(b)]);
        assert_eq!(texts(&format!("{torn_list}{b}")), ["{\"a\": 1}", "torn", &whole(b)]);
        assert_eq!(texts(&format!("{one_line}{b}")), ["{\"a\": 1}", "torn", &whole(b)]);
    }

    #[test]
    fn an_object_without_end_is_given_up_at_the_bound() {
        let (filler, good) = ("    \"x\",\n".repeat(LINE_BYTES_MAX / 8), "{\n  \"b\": 2\n}\n");
        let before = format!("{{\n{good}{filler}{good}");
        let after = format!("{{\n{filler}{good}");
        for (text, expected) in
            [(before, ["torn", "{\n  \"b\": 2\n}", "junk"]), (after, ["too long", "{\n  \"b\": 2\n}", ""])]
        {
            for size in [text.len(), 65_537, 4_099] {
                let found = items(text.as_bytes(), size);
                let mut seen: Vec<_> = found.iter().map(|item| item.2.as_str()).filter(|it| *it != "frame").collect();
                seen.dedup();
                assert!(seen.starts_with(&expected[..2]), "{:?}", &seen[..seen.len().min(5)]);
                assert_eq!(seen.last(), Some(&"{\n  \"b\": 2\n}"), "what follows is read");
                assert_eq!(found.iter().map(|item| item.1).sum::<u64>(), text.len() as u64);
            }
        }
        // One that is merely long is passed over as a whole.
        let long = format!("{{\n  \"list\": [\n{filler}    1\n  ]\n}}\n{good}");
        for size in [long.len(), 4_099] {
            let found = items(long.as_bytes(), size);
            let seen: Vec<_> = found.iter().map(|item| item.2.as_str()).filter(|it| *it != "frame").collect();
            assert_eq!(seen, ["too long", "{\n  \"b\": 2\n}"]);
        }
    }

    proptest! {
        #[test]
        fn items_do_not_depend_on_chunks_and_cover_every_byte(
            text in "(\\{|\\}|\\[|\\]|\"items\":\\[|\"hits\":|\"hits\":\\[|\"a\":1|\"|,|\n|\n\\{|\n  \\{|x|\\\\| ){0,40}", size in 1_usize..7,
        ) {
            let whole = items(text.as_bytes(), text.len().max(1));
            prop_assert_eq!(&items(text.as_bytes(), size), &whole);
            let mut at = 0;
            for item in &whole {
                prop_assert_eq!(item.0, at);
                at += item.1;
            }
            prop_assert_eq!(at, text.len() as u64);
        }
    }
}

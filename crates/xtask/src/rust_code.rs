//! Rust source as the rules look at it: code without comments and literals, and the paths it names.

/// A string literal and its line, from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Literal {
    /// Line of its first quote.
    pub line: usize,
    /// What stands between the quotes, escapes left as written.
    pub text: String,
}

/// A source file whose comments and literals were taken out.
#[derive(Debug)]
pub struct Code {
    /// The source with blanks in place of comments and literals; line numbers are kept.
    pub text: String,
    /// The string literals in order.
    pub literals: Vec<Literal>,
}

/// Takes comments, strings and characters out of `source`.
///
/// Never fails: text that is no Rust gives text that is no Rust.
pub fn code(source: &str) -> Code {
    let bytes = source.as_bytes();
    let mut text = bytes.to_vec();
    let mut literals = Vec::new();
    let (mut at, mut line) = (0, 1);
    while at < bytes.len() {
        let end = match piece(bytes, at) {
            Piece::Code(end) => {
                line += usize::from(bytes[at] == b'\n');
                at = end;
                continue;
            }
            Piece::Blank(end) => end,
            Piece::Literal { inside, end } => {
                let content = source.get(inside).unwrap_or_default().to_string();
                literals.push(Literal { line, text: content });
                end
            }
        };
        for byte in &mut text[at..end] {
            if *byte == b'\n' {
                line += 1;
            } else {
                *byte = b' ';
            }
        }
        at = end;
    }
    Code { text: String::from_utf8_lossy(&text).into_owned(), literals }
}

enum Piece {
    /// One byte of code.
    Code(usize),
    /// A comment or character.
    Blank(usize),
    Literal {
        inside: std::ops::Range<usize>,
        end: usize,
    },
}

fn piece(bytes: &[u8], at: usize) -> Piece {
    let rest = &bytes[at..];
    if rest.starts_with(b"//") {
        return Piece::Blank(at + rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len()));
    }
    if rest.starts_with(b"/*") {
        return Piece::Blank(at + block_comment(rest));
    }
    if rest[0] == b'"' {
        return string(bytes, at);
    }
    if rest[0] == b'r' && !(at > 0 && is_word(bytes[at - 1]) && !matches!(bytes[at - 1], b'b' | b'c')) {
        let hashes = rest[1..].iter().take_while(|&&byte| byte == b'#').count();
        if rest.get(1 + hashes) == Some(&b'"') {
            let start = at + hashes + 2;
            let close: Vec<u8> = std::iter::once(b'"').chain(std::iter::repeat_n(b'#', hashes)).collect();
            let length = bytes[start..].windows(close.len()).position(|window| window == close);
            let stop = length.map_or(bytes.len(), |length| start + length);
            return Piece::Literal { inside: start..stop, end: (stop + close.len()).min(bytes.len()) };
        }
    }
    if rest[0] == b'\'' {
        // `'a'` and `'\n'` are characters, `'a` is a lifetime.
        if rest.get(1) == Some(&b'\\') {
            let close = rest.iter().skip(3).position(|&byte| byte == b'\'').map_or(rest.len(), |close| close + 4);
            return Piece::Blank(at + close);
        }
        let width = rest[1..].iter().take(5).position(|&byte| byte == b'\'');
        if let Some(width) = width
            && std::str::from_utf8(&rest[1..=width]).is_ok_and(|inside| inside.chars().count() == 1)
        {
            return Piece::Blank(at + width + 2);
        }
    }
    Piece::Code(at + 1)
}

fn block_comment(rest: &[u8]) -> usize {
    let (mut at, mut depth) = (0, 0_usize);
    while at < rest.len() {
        if rest[at..].starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if rest[at..].starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    rest.len()
}

fn string(bytes: &[u8], quote: usize) -> Piece {
    let mut at = quote + 1;
    while at < bytes.len() && bytes[at] != b'"' {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    let stop = at.min(bytes.len());
    Piece::Literal { inside: quote + 1..stop, end: (stop + 1).min(bytes.len()) }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Blanks every item marked `#[cfg(test)]`, so that rules for the product leave its tests alone.
pub fn without_tests(code: &str) -> String {
    let mut text = code.to_string();
    let mut from = 0;
    while let Some(found) = text[from..].find("#[cfg(test)]") {
        let start = from + found;
        let end = item_end(text.as_bytes(), start + "#[cfg(test)]".len());
        let blank: String = text[start..end].chars().map(|c| if c == '\n' { '\n' } else { ' ' }).collect();
        text.replace_range(start..end, &blank);
        from = start + blank.len();
    }
    text
}

/// Where the item that starts at `at` ends: behind its `;` or its block.
fn item_end(bytes: &[u8], mut at: usize) -> usize {
    let mut depth = 0_usize;
    while at < bytes.len() {
        match bytes[at] {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 && bytes[at] == b'}' {
                    return at + 1;
                }
            }
            b';' if depth == 0 => return at + 1,
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}

/// A path that the code names, such as `std::fs::read`, and its line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Line, from 1.
    pub line: usize,
    /// The path without a leading `::`; a single word is a path too.
    pub path: String,
}

/// Every path and word in `code` (comments and literals taken out); `use a::{b, c::d}` is spelt out as
/// `a::b` and `a::c::d`.
pub fn names(code: &str) -> Vec<Named> {
    let bytes = code.as_bytes();
    let mut found = Vec::new();
    let (mut at, mut line) = (0, 1);
    while at < bytes.len() {
        if !is_word(bytes[at]) {
            line += usize::from(bytes[at] == b'\n');
            at += 1;
            continue;
        }
        let end = path_end(bytes, at);
        let path = &code[at..end];
        if path == "use" {
            let stop = code[end..].find(';').map_or(code.len(), |length| end + length);
            let mut spelt = Vec::new();
            spell_out("", &code[end..stop], line, &mut spelt);
            found.append(&mut spelt);
            line += code[end..stop].matches('\n').count();
            at = stop;
        } else {
            found.push(Named { line, path: path.to_string() });
            at = end;
        }
    }
    found
}

fn path_end(bytes: &[u8], mut at: usize) -> usize {
    while at < bytes.len() {
        if is_word(bytes[at]) {
            at += 1;
        } else if bytes[at..].starts_with(b"::") && bytes.get(at + 2).is_some_and(|&byte| is_word(byte)) {
            at += 2;
        } else {
            break;
        }
    }
    at
}

/// Spells out one use tree below `prefix`.
fn spell_out(prefix: &str, tree: &str, line: usize, found: &mut Vec<Named>) {
    let before = tree.len() - tree.trim_start().len();
    let line = line + tree[..before].matches('\n').count();
    let tree = tree.trim();
    match tree.split_once('{') {
        None => {
            let name = tree.split_whitespace().next().unwrap_or_default().trim_start_matches("::");
            match name {
                // What a trailing comma leaves.
                "" => {}
                "self" => found.push(Named { line, path: prefix.to_string() }),
                name => found.push(Named { line, path: join(prefix, name) }),
            }
        }
        Some((head, group)) => {
            let head = head.trim().trim_start_matches("::").trim_end_matches("::");
            let prefix = join(prefix, head);
            let group = group.trim_end().strip_suffix('}').unwrap_or(group);
            let (mut depth, mut start) = (0_usize, 0);
            let mut at_line = line;
            for (index, character) in group.char_indices().chain([(group.len(), ',')]) {
                match character {
                    '{' => depth += 1,
                    '}' => depth = depth.saturating_sub(1),
                    ',' if depth == 0 => {
                        spell_out(&prefix, &group[start..index], at_line, found);
                        at_line += group[start..index].matches('\n').count();
                        start = index + 1;
                    }
                    _ => {}
                }
            }
        }
    }
}

fn join(prefix: &str, name: &str) -> String {
    match (prefix, name) {
        ("", name) => name.to_string(),
        (prefix, "") => prefix.to_string(),
        (prefix, name) => format!("{prefix}::{name}"),
    }
}

/// The names of modules that `code` declares by `mod name;`.
pub fn declared_modules(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut words = code.split_whitespace();
    while let Some(word) = words.next() {
        if word == "mod"
            && let Some(name) = words.next().and_then(|next| next.strip_suffix(';'))
        {
            found.push(name.to_string());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_literals_are_no_code() {
        let source = "a /* b /* c */ d */ e // f\n\"g\\\"h\" r#\"i\"j\"# b\"k\" 'l' '\\'' '\\u{1f}' &'m n '\u{e9}' o";
        let code = code(source);
        assert_eq!(code.text.split_whitespace().collect::<Vec<_>>(), ["a", "e", "b", "&'m", "n", "o"]);
        let literals: Vec<(usize, &str)> =
            code.literals.iter().map(|literal| (literal.line, literal.text.as_str())).collect();
        assert_eq!(literals, [(2, "g\\\"h"), (2, "i\"j"), (2, "k")]);
    }

    #[test]
    fn broken_source_ends() {
        for source in ["\"", "r#\"", "/*", "'", "'\\", "\"\\", "b'", "use {{{", "use ;", "#[cfg(test)]"] {
            let code = code(source);
            names(&without_tests(&code.text));
        }
    }

    #[test]
    fn tests_are_taken_out() {
        let code =
            "fn a() {}\n#[cfg(test)]\nmod tests {\n  fn b() { [1]; }\n}\nfn c() {}\n#[cfg(test)]\nmod d;\nuse e;";
        let left = without_tests(code);
        assert_eq!(left.split_whitespace().collect::<Vec<_>>().join(" "), "fn a() {} fn c() {} use e;");
        assert_eq!(left.lines().count(), code.lines().count());
    }

    #[test]
    fn use_trees_are_spelt_out() {
        let code = "use std::{\n  fs,\n  io::{self, Read as _},\n};\nlet x = ::std::env::var(y);";
        let named: Vec<(usize, String)> = names(code).into_iter().map(|named| (named.line, named.path)).collect();
        let named: Vec<(usize, &str)> = named.iter().map(|(line, path)| (*line, path.as_str())).collect();
        assert_eq!(
            named,
            [
                (2, "std::fs"),
                (3, "std::io"),
                (3, "std::io::Read"),
                (5, "let"),
                (5, "x"),
                (5, "std::env::var"),
                (5, "y")
            ]
        );
    }

    #[test]
    fn modules_in_files_are_declared_with_a_semicolon() {
        assert_eq!(declared_modules("pub mod a;\nmod b { mod c; }\n#[path = \"x\"] mod d;"), ["a", "c", "d"]);
    }
}

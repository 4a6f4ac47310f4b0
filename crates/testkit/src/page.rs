//! Pages: Markdown files that are documentation and test at once.
//!
//! A page has cases. A case starts with `## its name`, explains itself in prose, and holds fenced
//! blocks: the input (` ```log `, ` ```json `, whatever the test asks for) and the ` ```answer `
//! that the code must give. What stands before the first `##` is introduction.
//!
//! A block whose info string has the word `escaped` (` ```log escaped `) is read with `\xNN`, `\n`,
//! `\t`, `\r` and `\\` turned into the bytes they stand for, so that a page can show bytes that no
//! text file should hold; `\0{N}` stands for N zero bytes. A block with the word `file` (` ```log file `) holds
//! a path, seen from the crate, of a file that is the input; one that ends in `.zst` is unpacked.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::golden::fail;

/// One case of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// What follows `## `.
    pub name: String,
    /// Its fenced blocks, in order.
    pub blocks: Vec<Block>,
}

/// One fenced block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// The info string as written: `log`, `log escaped`, `answer`.
    pub info: String,
    /// The text between the fences, with the last line's newline.
    pub text: String,
}

impl Case {
    /// The text of the first block whose info string starts with the word `kind`.
    pub fn block(&self, kind: &str) -> Option<&str> {
        self.blocks.iter().find(|block| block.kind() == kind).map(|block| block.text.as_str())
    }

    /// The bytes of the first block of that kind, escapes resolved.
    ///
    /// # Panics
    /// When the case has no such block: the page is wrong.
    pub fn bytes(&self, kind: &str) -> Vec<u8> {
        match self.blocks.iter().find(|block| block.kind() == kind) {
            Some(block) => block.bytes(),
            None => fail(&format!("case {:?} has no ```{kind} block", self.name)),
        }
    }

    /// All blocks of that kind, in order.
    pub fn blocks_of<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Block> {
        self.blocks.iter().filter(move |block| block.kind() == kind)
    }
}

impl Block {
    /// The first word of the info string.
    pub fn kind(&self) -> &str {
        self.info.split_whitespace().next().unwrap_or("")
    }

    /// The bytes of the block; escapes are resolved when the info string has the word `escaped`, and the file
    /// is read when it has the word `file`.
    ///
    /// # Panics
    /// When that file cannot be read: the page is wrong.
    pub fn bytes(&self) -> Vec<u8> {
        // The first word is the kind, which may itself be called `file`.
        let has = |word: &str| self.info.split_whitespace().skip(1).any(|other| other == word);
        if has("file") {
            file(self.text.trim())
        } else if has("escaped") {
            unescape(self.text.as_bytes())
        } else {
            self.text.as_bytes().to_vec()
        }
    }
}

/// Reads the cases of the page at `path`.
///
/// # Panics
/// When the page cannot be read, has no case, or a fence is never closed.
pub fn read(path: impl AsRef<Path>) -> Vec<Case> {
    let path = path.as_ref();
    let text = fs::read_to_string(path).unwrap_or_else(|cause| fail(&format!("{}: {cause}", path.display())));
    let cases: Vec<Case> = layout(&text, path).into_iter().map(|located| located.case).collect();
    if cases.is_empty() {
        fail(&format!("{}: no case (a line `## name`)", path.display()));
    }
    cases
}

/// Gives every case of the page to `answer` and compares the result with the case's ` ```answer `
/// block (white space at the end does not count).
///
/// With `YOBITSUGI_UPDATE=1` the page is rewritten with the new answers; a case without an answer
/// block gets one at its end.
///
/// # Panics
/// When any case differs, naming all that do.
pub fn check(path: impl AsRef<Path>, answer: impl Fn(&Case) -> String) {
    let path = path.as_ref();
    let text = fs::read_to_string(path).unwrap_or_else(|cause| fail(&format!("{}: {cause}", path.display())));
    let cases = layout(&text, path);
    if cases.is_empty() {
        fail(&format!("{}: no case (a line `## name`)", path.display()));
    }
    let answers: Vec<String> = cases.iter().map(|located| answer(&located.case).trim_end().to_string()).collect();
    if crate::updating() {
        let updated = rewrite(&text, &cases, &answers);
        if updated != text
            && let Err(cause) = fs::write(path, updated)
        {
            fail(&format!("{}: {cause}", path.display()));
        }
        return;
    }
    let mut failures = String::new();
    for (located, actual) in cases.iter().zip(&answers) {
        let expected = located.case.block("answer").map(str::trim_end);
        let difference = match expected {
            Some(expected) => crate::first_difference(expected, actual),
            None => Some(format!("no ```answer block; the answer is\n{actual}")),
        };
        if let Some(difference) = difference {
            failures.push_str(&format!("  {}: {difference}\n", located.case.name));
        }
    }
    if !failures.is_empty() {
        fail(&format!("{}:\n{failures}run again with YOBITSUGI_UPDATE=1 to accept", path.display()));
    }
}

/// Checks every page (`*.md`) of a folder, in the order of their names.
///
/// # Panics
/// As [`check`], and when the folder holds no page.
pub fn check_folder(folder: impl AsRef<Path>, answer: impl Fn(&str, &Case) -> String) {
    let pages = in_folder(&folder);
    if pages.is_empty() {
        fail(&format!("{}: no page", folder.as_ref().display()));
    }
    for page in pages {
        let name = page.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        check(&page, |case| answer(&name, case));
    }
}

/// The pages of a folder, sorted by name.
pub fn in_folder(folder: impl AsRef<Path>) -> Vec<PathBuf> {
    let folder = folder.as_ref();
    let entries = fs::read_dir(folder).unwrap_or_else(|cause| fail(&format!("{}: {cause}", folder.display())));
    let mut pages: Vec<PathBuf> = entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .collect();
    pages.sort();
    pages
}

/// A case, and where in the page's lines it and its answer stand.
struct Located {
    case: Case,
    /// Line after the case's last one.
    end: usize,
    /// Lines of the answer block from its opening to behind its closing fence.
    answer: Option<(usize, usize)>,
}

fn layout(text: &str, path: &Path) -> Vec<Located> {
    let lines: Vec<&str> = text.lines().collect();
    let mut cases: Vec<Located> = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let line = lines[at];
        if let Some(name) = line.strip_prefix("## ") {
            let case = Case { name: name.trim().to_string(), blocks: Vec::new() };
            cases.push(Located { case, end: at + 1, answer: None });
        } else if let Some(ticks) = fence(line) {
            let open = at;
            at += 1;
            while at < lines.len()
                && !(fence(lines[at]) >= Some(ticks) && lines[at].trim_matches('`').trim().is_empty())
            {
                at += 1;
            }
            if at == lines.len() {
                fail(&format!("{}:{}: this fence is never closed", path.display(), open + 1));
            }
            if let Some(located) = cases.last_mut() {
                let mut text = lines[open + 1..at].join("\n");
                if at > open + 1 {
                    text.push('\n');
                }
                let block = Block { info: line[ticks..].trim().to_string(), text };
                if block.kind() == "answer" && located.answer.is_none() {
                    located.answer = Some((open, at + 1));
                }
                located.case.blocks.push(block);
            }
        }
        at += 1;
        if let Some(located) = cases.last_mut() {
            located.end = at;
        }
    }
    cases
}

/// The number of backticks that open or close a fence, when there are at least three.
fn fence(line: &str) -> Option<usize> {
    let ticks = line.bytes().take_while(|&byte| byte == b'`').count();
    (ticks >= 3).then_some(ticks)
}

fn rewrite(text: &str, cases: &[Located], answers: &[String]) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let mut out = String::with_capacity(text.len());
    let mut copied = 0;
    let copy = |out: &mut String, from: usize, to: usize| {
        for line in &lines[from..to] {
            out.push_str(line);
            out.push('\n');
        }
    };
    for (located, answer) in cases.iter().zip(answers) {
        let mut ticks = 3;
        while answer.contains(&"`".repeat(ticks)) {
            ticks += 1;
        }
        let fence = "`".repeat(ticks);
        let body = if answer.is_empty() { String::new() } else { format!("{answer}\n") };
        let block = format!("{fence}answer\n{body}{fence}\n");
        match located.answer {
            Some((open, behind)) => {
                copy(&mut out, copied, open);
                out.push_str(&block);
                copied = behind;
            }
            None => {
                let mut last = located.end;
                while last > copied && lines[last - 1].trim().is_empty() {
                    last -= 1;
                }
                copy(&mut out, copied, last);
                out.push('\n');
                out.push_str(&block);
                copied = last;
            }
        }
    }
    copy(&mut out, copied, lines.len());
    out
}

/// The bytes of a committed file, unpacked where its name says that it is compressed.
fn file(path: &str) -> Vec<u8> {
    let bytes = fs::read(path).unwrap_or_else(|cause| fail(&format!("{path}: {cause}")));
    if !path.ends_with(".zst") {
        return bytes;
    }
    zstd::decode_all(bytes.as_slice()).unwrap_or_else(|cause| fail(&format!("{path}: {cause}")))
}

fn unescape(text: &[u8]) -> Vec<u8> {
    let hex = |byte: Option<&u8>| byte.and_then(|&byte| char::from(byte).to_digit(16));
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        let (value, length) = match (byte, text.get(at + 1)) {
            (b'\\', Some(b'x')) => match (hex(text.get(at + 2)), hex(text.get(at + 3))) {
                (Some(high), Some(low)) => (u8::try_from(high << 4 | low).unwrap_or(byte), 4),
                _ => (byte, 1),
            },
            (b'\\', Some(b'0')) => match zeros(&text[at + 2..]) {
                Some((count, length)) => {
                    out.resize(out.len() + count, 0);
                    at += 2 + length;
                    continue;
                }
                None => (byte, 1),
            },
            (b'\\', Some(b'n')) => (b'\n', 2),
            (b'\\', Some(b't')) => (b'\t', 2),
            (b'\\', Some(b'r')) => (b'\r', 2),
            (b'\\', Some(b'\\')) => (b'\\', 2),
            _ => (byte, 1),
        };
        out.push(value);
        at += length;
    }
    out
}

/// `{N}` at the beginning: N and its length. A page holds a small sample, never a megabyte of nothing.
fn zeros(text: &[u8]) -> Option<(usize, usize)> {
    let end = text.iter().position(|&byte| byte == b'}')?;
    let digits = std::str::from_utf8(text[..end].strip_prefix(b"{")?).ok()?;
    Some((digits.parse().ok().filter(|&count| count <= 1 << 20)?, end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "# Title\n\nIntroduction.\n\n## one\n\nProse.\n\n```log escaped\na\\x1db\\0{2}\n```\n\n```answer\nold\n```\n\n## two\n\n````log\n```\n````\n";

    fn cases(text: &str) -> Vec<Located> {
        layout(text, Path::new("page.md"))
    }

    #[test]
    fn cases_blocks_and_escapes_are_read() {
        let cases = cases(PAGE);
        assert_eq!(cases.len(), 2);
        assert_eq!(cases[0].case.bytes("log"), b"a\x1db\0\0\n");
        assert_eq!(cases[0].case.block("answer"), Some("old\n"));
        assert_eq!(cases[1].case.block("log"), Some("```\n"), "a longer fence holds a shorter one");
        assert_eq!(cases[1].case.block("answer"), None);
    }

    #[test]
    fn rewriting_replaces_and_appends_answers_and_leaves_all_else() {
        let updated = rewrite(PAGE, &cases(PAGE), &["new".to_string(), "with ``` inside".to_string()]);
        assert_eq!(updated, PAGE.replace("old", "new") + "\n````answer\nwith ``` inside\n````\n");
        assert_eq!(rewrite(&updated, &cases(&updated), &["new".to_string(), "with ``` inside".to_string()]), updated);
    }

    #[test]
    fn a_file_stands_in_for_its_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let (plain, packed) = (folder.path().join("a"), folder.path().join("b.zst"));
        fs::write(&plain, b"\x00bytes").unwrap();
        fs::write(&packed, zstd::encode_all(&b"\x00bytes"[..], 3).unwrap()).unwrap();
        for path in [plain, packed] {
            let block = Block { info: "log file".to_string(), text: format!("{}\n", path.display()) };
            assert_eq!(block.bytes(), b"\x00bytes");
        }
    }

    #[test]
    fn a_wrong_answer_fails_and_names_the_case() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("page.md");
        fs::write(&path, PAGE.split("## two").next().unwrap()).unwrap();
        check(&path, |_| "old\n".to_string());
        let failure = std::panic::catch_unwind(|| check(&path, |_| "other".to_string())).unwrap_err();
        let text = failure.downcast_ref::<String>().unwrap();
        assert!(text.contains("one: line 1") && text.contains("+ other"), "{text}");
    }
}

//! Which format an object must be valid in: by its content, its name, and what it was before.

use std::collections::BTreeSet;

use model::Bytes;

use crate::{
    Reply,
    encoding::{self, Text},
    expected::Expected,
    observed::{Content, Observed},
};

/// A format that a check knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// Plain text in a known encoding.
    Text,
    /// JSON, JSON lines, JSON with comments.
    Json,
    /// YAML.
    Yaml,
    /// SQLite database.
    Sqlite,
    /// gzip.
    Gzip,
    /// ZIP, and what is a ZIP: jar, office documents, wheels.
    Zip,
    /// PNG.
    Png,
    /// PDF.
    Pdf,
    /// ELF.
    Elf,
}

/// Signatures at the start of a file, each from its format's specification.
const SIGNATURES: &[(&[u8], Format)] = &[
    (b"SQLite format 3\0", Format::Sqlite),
    (b"\x1f\x8b\x08", Format::Gzip),
    (b"PK\x03\x04", Format::Zip),
    (b"PK\x05\x06", Format::Zip),
    (b"\x89PNG\r\n\x1a\n", Format::Png),
    (b"%PDF-", Format::Pdf),
    (b"\x7fELF", Format::Elf),
];

/// File name endings that promise a format. `.db`, `.so` and `.ko` are not among them: the first is used
/// by many databases, the second also by linker scripts, the third also by Korean texts.
const ENDINGS: &[(&str, Format)] = &[
    ("json", Format::Json),
    ("geojson", Format::Json),
    ("ipynb", Format::Json),
    ("jsonl", Format::Json),
    ("ndjson", Format::Json),
    ("webmanifest", Format::Json),
    ("yaml", Format::Yaml),
    ("yml", Format::Yaml),
    ("sqlite", Format::Sqlite),
    ("sqlite3", Format::Sqlite),
    ("db3", Format::Sqlite),
    ("gz", Format::Gzip),
    ("tgz", Format::Gzip),
    ("svgz", Format::Gzip),
    ("zip", Format::Zip),
    ("jar", Format::Zip),
    ("war", Format::Zip),
    ("ear", Format::Zip),
    ("apk", Format::Zip),
    ("whl", Format::Zip),
    ("docx", Format::Zip),
    ("xlsx", Format::Zip),
    ("pptx", Format::Zip),
    ("odt", Format::Zip),
    ("ods", Format::Zip),
    ("odp", Format::Zip),
    ("epub", Format::Zip),
    ("png", Format::Png),
    ("pdf", Format::Pdf),
    ("txt", Format::Text),
    ("md", Format::Text),
    ("csv", Format::Text),
    ("tsv", Format::Text),
    ("conf", Format::Text),
    ("cfg", Format::Text),
    ("ini", Format::Text),
    ("toml", Format::Text),
    ("xml", Format::Text),
    ("html", Format::Text),
    ("css", Format::Text),
    ("js", Format::Text),
    ("ts", Format::Text),
    ("py", Format::Text),
    ("rb", Format::Text),
    ("pl", Format::Text),
    ("php", Format::Text),
    ("go", Format::Text),
    ("rs", Format::Text),
    ("c", Format::Text),
    ("h", Format::Text),
    ("java", Format::Text),
    ("sh", Format::Text),
    ("bash", Format::Text),
    ("sql", Format::Text),
    ("service", Format::Text),
    ("socket", Format::Text),
    ("timer", Format::Text),
    ("target", Format::Text),
    ("desktop", Format::Text),
    ("list", Format::Text),
    ("rules", Format::Text),
    ("pem", Format::Text),
    ("crt", Format::Text),
    ("pub", Format::Text),
];

/// The format that content is of by its signature, else [`Format::Text`] when all of it is readable
/// text. `None` for everything else. JSON and YAML have no signature and are text here.
pub fn sniff(content: &[u8]) -> Option<Format> {
    signature(content).or_else(|| match encoding::read(content) {
        Text::Readable(text) if !content.is_empty() && text.controls == 0 => Some(Format::Text),
        _ => None,
    })
}

/// The format that a name promises, by its ending without regard to case.
pub fn by_name(path: &Bytes) -> Option<Format> {
    let name = path.file_name();
    let dot = name.iter().rposition(|&byte| byte == b'.')?;
    let ending = std::str::from_utf8(&name[dot + 1..]).ok()?.to_ascii_lowercase();
    ENDINGS.iter().find(|(known, _)| *known == ending).map(|(_, format)| *format)
}

fn signature(content: &[u8]) -> Option<Format> {
    SIGNATURES.iter().find(|(start, _)| content.starts_with(start)).map(|(_, format)| *format)
}

/// The formats that the object must be valid in; empty when no check knows it, or nothing can be asked.
///
/// What it was before outweighs what the name says (a text that was always called `x.gz`); the
/// content's own signature always counts too.
pub(crate) fn formats(expected: &Expected, observed: &Observed) -> BTreeSet<Format> {
    let mut formats = BTreeSet::new();
    let Some(content) = observed.bytes().filter(|_| expected.is_file()) else { return formats };
    if content.is_empty() && empty_is_right(expected) {
        return formats;
    }
    let signature = signature(content);
    formats.extend(signature);
    let named = by_name(&expected.path);
    let promised = match expected.format_before {
        // A version that was text can have been JSON or YAML, as the name says, but no archive.
        Some(Format::Text) => named.filter(|named| matches!(named, Format::Json | Format::Yaml)).or(Some(Format::Text)),
        Some(before) => Some(before),
        None => named,
    };
    formats.extend(promised);
    if formats.is_empty() {
        formats.extend(sniff(content));
    }
    formats
}

fn empty_is_right(expected: &Expected) -> bool {
    expected.metadata().is_some_and(|metadata| metadata.size == Some(0))
}

/// Says why no format was asked; `None` for objects that have no content.
pub(crate) fn why_unasked(expected: &Expected, observed: &Observed) -> Option<Reply> {
    if !expected.is_file() || observed.metadata().is_none() {
        return None;
    }
    match (observed.content, observed.bytes()) {
        (Content::TooLarge, _) => Some(Reply::cannot_tell(
            "a validator for content of this size",
            format!("longer than the {} bytes that are validated", crate::CONTENT_BYTES_MAX),
        )),
        (_, Some([])) => Some(Reply::cannot_tell("content", "empty, as the chosen version is")),
        (_, Some(content)) => {
            let shown: String = content.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
            Some(Reply::cannot_tell(
                "a validator for this format",
                format!("neither name nor content is of a known format; it starts with the bytes {shown}"),
            ))
        }
        (_, None) => Some(Reply::cannot_tell("the content", "the content was not read")),
    }
}

//! V3: PDF: the cross-reference data reads as written, every object in use is there, the page tree is
//! whole, and every stream that starts with DEFLATE decodes to its end with its Adler-32.

use std::{collections::BTreeSet, io::Read};

use flate2::read::ZlibDecoder;
use lopdf::{Dictionary, Document, LoadOptions, Object, Stream, xref::XrefEntry};
use model::Rung;

use crate::{Check, Expected, Format, Observed, Reply, format};

/// Longer files are not loaded: every object is held in memory.
const BYTES_MAX: usize = 96 * 1024 * 1024;
/// Object and cross-reference streams are decoded while loading; each may grow to this.
const LOADED_STREAM_BYTES_MAX: usize = 16 * 1024 * 1024;
/// More decoded bytes than this over all streams are not followed; decoding takes about a second per
/// 300 MB. It is counted before loading too, because loading bounds single streams only.
const DECODED_BYTES_MAX: u64 = 2 * 1024 * 1024 * 1024;
/// Nesting of the page tree.
const TREE_DEPTH_MAX: usize = 64;

pub(super) struct Pdf;

impl Check for Pdf {
    fn name(&self) -> &'static str {
        "pdf"
    }

    fn rung(&self) -> Rung {
        Rung::V3
    }

    fn applies(&self, expected: &Expected, observed: &Observed) -> bool {
        format::formats(expected, observed).contains(&Format::Pdf)
    }

    fn check(&self, _: &Expected, observed: &Observed) -> Reply {
        let content = observed.bytes().unwrap_or_default();
        if content.len() > BYTES_MAX {
            return Reply::cannot_tell("a validator for PDF of this size", format!("longer than {BYTES_MAX} bytes"));
        }
        if grows_beyond_bound(content) {
            return too_much();
        }
        let options = LoadOptions::with_max_decompressed_size(LOADED_STREAM_BYTES_MAX);
        let document = match Document::load_mem_with_options(content, options) {
            Ok(document) => document,
            Err(cause) => return loading_failed(&cause),
        };
        if let Some(recovery) = document.xref_recovery {
            return Reply::no(format!("the cross-reference data is wrong and had to be guessed ({recovery:?})"));
        }
        if document.encryption_state.is_some() || document.trailer.has(b"Encrypt") {
            return Reply::cannot_tell("the password", "encrypted; its objects were not looked at");
        }
        match all(&document) {
            Ok(proof) => Reply::yes(proof),
            Err(reply) => reply,
        }
    }
}

fn too_much() -> Reply {
    Reply::cannot_tell("a validator with a higher bound", format!("more than {DECODED_BYTES_MAX} decoded bytes"))
}

/// Whether what stands behind all `stream` keywords decodes to more than the bound. Streams that hide
/// DEFLATE behind another filter are not counted; each of them is bounded while loading.
fn grows_beyond_bound(content: &[u8]) -> bool {
    const KEYWORD: &[u8] = b"stream";
    let mut decoded = 0;
    let mut at = 0;
    while let Some(rest) = content.get(at..) {
        let Some(found) = rest.windows(KEYWORD.len()).position(|window| window == KEYWORD) else { return false };
        at += found + KEYWORD.len();
        let behind = &content[at..];
        let data = behind.strip_prefix(b"\r\n").or_else(|| behind.strip_prefix(b"\n")).unwrap_or_default();
        // The low four bits say DEFLATE; without them there is nothing to decode.
        if data.first().is_some_and(|byte| byte & 0x0f == 8) && deflate(data, &mut decoded) == Err(None) {
            return true;
        }
    }
    false
}

fn loading_failed(cause: &lopdf::Error) -> Reply {
    let text = crate::short(&cause.to_string());
    match cause {
        lopdf::Error::InvalidPassword | lopdf::Error::Decryption(_) | lopdf::Error::UnsupportedSecurityHandler(_) => {
            Reply::cannot_tell("the password", text)
        }
        _ => Reply::no(text),
    }
}

fn all(document: &Document) -> Result<String, Reply> {
    let in_use = objects(document)?;
    let pages = pages(document)?;
    let (mut decoded, mut checked, mut unchecked) = (0, 0_u64, 0_u64);
    for (id, object) in &document.objects {
        let Object::Stream(stream) = object else { continue };
        if !starts_with_deflate(stream) {
            unchecked += 1;
            continue;
        }
        checked += 1;
        let wrong = |cause: &str| Reply::no(format!("the stream of object {} {} {cause}", id.0, id.1));
        deflate(&stream.content, &mut decoded).map_err(|cause| match cause {
            Some(cause) => wrong(&format!("does not decode: {cause}")),
            None => Reply::cannot_tell(
                "a validator with a higher bound",
                format!("more than {DECODED_BYTES_MAX} decoded bytes"),
            ),
        })?;
    }
    let others = if unchecked > 0 { format!("; {unchecked} streams have no checksum") } else { String::new() };
    Ok(format!("{in_use} objects, {pages} pages, {checked} streams decoded with right Adler-32{others}"))
}

/// Every entry in use must have its object. Free entries and entries that point at the file's start (as
/// some writers leave for unused numbers) have none, and the reader keeps containers of objects and the
/// cross-reference stream itself out of its list.
fn objects(document: &Document) -> Result<usize, Reply> {
    let entries = &document.reference_table.entries;
    let containers: BTreeSet<u32> = entries
        .values()
        .filter_map(|entry| match entry {
            XrefEntry::Compressed { container, .. } => Some(*container),
            _ => None,
        })
        .collect();
    let mut in_use = 0;
    for (number, entry) in entries {
        let generation = match entry {
            XrefEntry::Normal { offset: 0, .. } | XrefEntry::Free | XrefEntry::UnusableFree => continue,
            XrefEntry::Normal { offset, .. } if *offset as usize == document.xref_start => continue,
            XrefEntry::Normal { generation, .. } => *generation,
            XrefEntry::Compressed { .. } => 0,
        };
        in_use += 1;
        if !document.objects.contains_key(&(*number, generation)) && !containers.contains(number) {
            return Err(Reply::no(format!("object {number} {generation} cannot be read where the table says it is")));
        }
    }
    Ok(in_use)
}

fn pages(document: &Document) -> Result<u64, Reply> {
    let root = document.catalog().and_then(|catalog| catalog.get(b"Pages")).and_then(Object::as_reference);
    let root = root.map_err(|cause| Reply::no(format!("no page tree: {}", crate::short(&cause.to_string()))))?;
    let mut left = document.objects.len() + 1;
    let found = count(document, root, 0, &mut left)?;
    let stated = document
        .get_dictionary(root)
        .ok()
        .and_then(|tree| tree.get(b"Count").ok())
        .and_then(|count| count.as_i64().ok());
    match stated {
        Some(stated) if u64::try_from(stated) == Ok(found) => Ok(found),
        Some(stated) => Err(Reply::no(format!("{found} pages, and the page tree states {stated}"))),
        None => Err(Reply::no("the page tree does not state its count")),
    }
}

/// Counts the leaves. `left` bounds the visits: a tree visits no object twice.
fn count(document: &Document, node: lopdf::ObjectId, depth: usize, left: &mut usize) -> Result<u64, Reply> {
    if depth > TREE_DEPTH_MAX || *left == 0 {
        return Err(Reply::no("the page tree runs in a circle or is too deep"));
    }
    *left -= 1;
    let tree: &Dictionary = document
        .get_dictionary(node)
        .map_err(|_| Reply::no(format!("the page tree names object {} {}, which cannot be read", node.0, node.1)))?;
    let Ok(kids) = tree.get(b"Kids") else { return Ok(1) };
    let kids = document.dereference(kids).map(|(_, kids)| kids).and_then(Object::as_array);
    let kids = kids.map_err(|_| Reply::no("a node of the page tree has no list of children"))?;
    let mut sum = 0;
    for kid in kids {
        let kid = kid.as_reference().map_err(|_| Reply::no("a child in the page tree is no reference"))?;
        sum += count(document, kid, depth + 1, left)?;
    }
    Ok(sum)
}

fn starts_with_deflate(stream: &Stream) -> bool {
    stream.filters().is_ok_and(|filters| matches!(filters.first(), Some(&b"FlateDecode" | &b"Fl")))
}

/// Decodes to the end. Fails with the cause, or with `None` at the bound.
fn deflate(content: &[u8], decoded: &mut u64) -> Result<(), Option<String>> {
    let mut decoder = ZlibDecoder::new(content);
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match decoder.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(count) => *decoded += count as u64,
            Err(cause) => return Err(Some(crate::short(&cause.to_string()))),
        }
        if *decoded > DECODED_BYTES_MAX {
            return Err(None);
        }
    }
}

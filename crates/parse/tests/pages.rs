//! The pages of the formats: every ```log block is read, and what comes out is compared.

mod render;

use model::{Sha256, Timestamp};
use parse::{Batch, Source};

/// Reads a whole source in one chunk. A page gives the file's modification time in a ```modified block, and its path
/// in a ```path block.
fn read(format: &str, log: &[u8], modified: Option<&str>, path: Option<&str>) -> Batch {
    let modified = modified.map(|text| Timestamp::parse(text.trim()).expect("a modification time that can be read"));
    let path = path.map(|text| text.trim().to_string());
    let source = Source { id: Sha256([0xab; 32]), modified, path };
    let mut decoder = parse::by_name(format).expect("a page is named after its format").decoder(source);
    let mut batch = Batch::default();
    decoder.push(log, &mut batch);
    decoder.finish(&mut batch);
    assert_eq!(batch.record_bytes + batch.problem_bytes, log.len() as u64, "every byte is accounted for");
    batch
}

#[test]
fn pages_hold() {
    testkit::page::check_folder("tests/formats", |format, case| {
        let log = case.bytes("log");
        let choice = parse::choose(&log);
        let mut text = String::new();
        if choice.chosen.as_deref() != Some(format) {
            text.push_str(&format!("chosen as {:?} ({})\n", choice.chosen, choice.confidence));
        }
        text + &render::batch(&read(format, &log, case.block("modified"), case.block("path")), &log)
    });
}

#[test]
fn every_format_has_a_page() {
    let pages: Vec<String> = testkit::page::in_folder("tests/formats")
        .iter()
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    let mut names: Vec<&str> = parse::formats().iter().map(|format| format.name()).collect();
    names.sort_unstable();
    assert_eq!(pages, names);
}

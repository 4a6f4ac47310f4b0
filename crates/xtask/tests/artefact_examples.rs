//! The examples of `docs/artefacts.md` are what the types of `model` read and write.

#![allow(clippy::unwrap_used, clippy::panic, reason = "functions of a test that are not tests themselves")]

use std::{collections::BTreeMap, fs, path::Path};

use model::{
    Approval, Artefact, Catalogue, Coverage, Detection, Event, EvidenceItem, Incident, KnownContainer, Plan, Receipt,
    SCHEMA_VERSION, Scope, Verdict,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

/// The ```json block of each `## section`.
fn examples() -> BTreeMap<String, String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/artefacts.md");
    let document = fs::read_to_string(path).unwrap();
    let mut found = BTreeMap::new();
    let (mut section, mut block) = (String::new(), None::<String>);
    for line in document.lines() {
        match &mut block {
            None if line.starts_with("## ") => section = line[3..].to_string(),
            None if line == "```json" => block = Some(String::new()),
            None => {}
            Some(_) if line == "```" => {
                assert!(found.insert(section.clone(), block.take().unwrap()).is_none(), "two examples in {section}");
            }
            Some(text) => {
                text.push_str(line);
                text.push('\n');
            }
        }
    }
    found
}

/// Reads the example and writes it again: nothing in it may be unknown to the type, and nothing may be lacking.
fn check<T: Serialize + DeserializeOwned>(name: &str, text: &str) {
    let example: Value = serde_json::from_str(text).unwrap_or_else(|error| panic!("{name}: {error}"));
    let typed: T = serde_json::from_str(text).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!(serde_json::to_value(&typed).unwrap(), example, "{name}");
}

fn check_artefact<T: Serialize + DeserializeOwned>(file: &str, text: &str) {
    check::<Artefact<T>>(file, text);
    let artefact: Artefact<T> = serde_json::from_str(text).unwrap();
    assert_eq!(artefact.kind.file_name(), file);
    assert_eq!(artefact.schema, SCHEMA_VERSION, "{file}");
}

#[test]
fn every_artefact_has_an_example_that_its_type_reads_and_writes() {
    for (section, text) in &examples() {
        match section.as_str() {
            "evidence.json" => check_artefact::<Vec<EvidenceItem>>(section, text),
            "containers.json" => check_artefact::<Vec<KnownContainer>>(section, text),
            "coverage.json" => check_artefact::<Coverage>(section, text),
            "Events" => check::<Event>(section, text),
            "findings.json" => check_artefact::<Detection>(section, text),
            "incidents.json" => check_artefact::<Vec<Incident>>(section, text),
            "scope.json" => check_artefact::<Vec<Scope>>(section, text),
            "catalogue.json" => check_artefact::<Catalogue>(section, text),
            "plan.json" => check_artefact::<Plan>(section, text),
            "approval.json" => check_artefact::<Approval>(section, text),
            "receipts.json" => check_artefact::<Vec<Receipt>>(section, text),
            "verdicts.json" => check_artefact::<Vec<Verdict>>(section, text),
            section => panic!("an example of {section}, which is no artefact"),
        }
    }
    assert_eq!(examples().len(), 12, "an artefact has no example");
}

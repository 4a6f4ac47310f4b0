//! The events themselves, one JSON object per line: the fields of `docs/artefacts.md`.

use model::Event;

use super::Export;
use crate::json_line;

pub(super) struct JsonLines;

impl Export for JsonLines {
    fn name(&self) -> &'static str {
        "jsonl"
    }

    fn line(&self, event: &Event) -> String {
        json_line(event)
    }
}

//! V3: JSON by RFC 8259; several values on lines of their own (JSON lines), comments and trailing commas
//! are accepted and stated. Repeated keys are valid by the grammar and stated.

use model::Rung;

use crate::{
    Check, Expected, Format, Observed, Reply,
    encoding::{self, Text},
    format,
    json_text::{self, Fault},
};

pub(super) struct Json;

impl Check for Json {
    fn name(&self) -> &'static str {
        "json"
    }

    fn rung(&self) -> Rung {
        Rung::V3
    }

    fn applies(&self, expected: &Expected, observed: &Observed) -> bool {
        format::formats(expected, observed).contains(&Format::Json)
    }

    fn check(&self, _: &Expected, observed: &Observed) -> Reply {
        let text = match encoding::read(observed.bytes().unwrap_or_default()) {
            Text::Readable(text) if text.encoding.starts_with("UTF-") => text,
            Text::Readable(text) => return Reply::no(format!("text in {}, and JSON is Unicode", text.encoding)),
            Text::Unclear { seen, .. } | Text::No { seen } => return Reply::no(format!("no Unicode text: {seen}")),
        };
        match json_text::read(&text.text) {
            Err(Fault::TooDeep) => {
                Reply::cannot_tell("a validator for nesting this deep", "nested deeper than is followed")
            }
            Err(Fault::Wrong { at, expected }) => {
                let line = text.text.as_bytes().iter().take(at).filter(|&&byte| byte == b'\n').count() + 1;
                Reply::no(format!("line {line}, byte {at} of {}: expected {expected}", text.text.len()))
            }
            Ok(summary) => {
                let mut proof =
                    format!("{} values in {} documents, depth {}", summary.values, summary.documents, summary.depth);
                if summary.duplicate_keys > 0 {
                    proof.push_str(&format!("; {} repeated keys", summary.duplicate_keys));
                }
                if summary.relaxed {
                    proof.push_str("; with comments or trailing commas");
                }
                Reply::yes(proof)
            }
        }
    }
}

//! V3: text in a known encoding: UTF-8, UTF-16 with its mark, ISO-2022-JP, Shift_JIS, EUC-JP.
//!
//! Says nothing about what the text means: a changed word is for V1 and for people.

use model::Rung;

use crate::{
    Check, Expected, Format, Observed, Reply,
    encoding::{self, Text as Encoded},
    format,
};

/// Share of control characters above which text is doubted, in per mille. Chosen by eye.
const CONTROLS_PER_MILLE_MAX: u64 = 10;

pub(super) struct Text;

impl Check for Text {
    fn name(&self) -> &'static str {
        "text"
    }

    fn rung(&self) -> Rung {
        Rung::V3
    }

    fn applies(&self, expected: &Expected, observed: &Observed) -> bool {
        format::formats(expected, observed).contains(&Format::Text)
    }

    fn check(&self, _: &Expected, observed: &Observed) -> Reply {
        let content = observed.bytes().unwrap_or_default();
        if content.is_empty() {
            return Reply::no("empty, and the chosen version is not");
        }
        match encoding::read(content) {
            Encoded::No { seen } => Reply::no(format!("text in no known encoding: {seen}")),
            Encoded::Unclear { missing, seen } => Reply::cannot_tell(missing, seen),
            Encoded::Readable(text) => {
                let characters = text.text.chars().count() as u64;
                if text.text.contains('\0') || text.controls.saturating_mul(1000) > characters * CONTROLS_PER_MILLE_MAX
                {
                    return Reply::cannot_tell(
                        "a format that explains the control characters",
                        format!("{} with {} control characters among {characters}", text.encoding, text.controls),
                    );
                }
                let lines = text.text.lines().count();
                Reply::yes(format!("{characters} characters in {lines} lines of {}", text.encoding))
            }
        }
    }
}

//! Events for other programs: one line each, in their order.

mod csv;
mod ecs;
mod jsonl;
mod ocsf;
mod pieces;
mod text;
mod timesketch;

use model::Event;

/// A way to hand events to another program, one line per event.
///
/// Every line names the event's id and the bytes that show it (source, offset, length), so that it can be walked
/// back. A line is a function of its event alone: events may come without end.
pub trait Export: Sync {
    /// Its name on the command line.
    fn name(&self) -> &'static str;

    /// The line before the first event, if any.
    fn head(&self) -> Option<String> {
        None
    }

    /// The line of one event, without its end and without characters that could deceive a reader.
    fn line(&self, event: &Event) -> String;
}

/// Every export, the one for people first. A new one is a file, a line here and its name below.
const EXPORTS: &[&dyn Export] =
    &[&text::Text, &csv::Csv, &jsonl::JsonLines, &timesketch::Timesketch, &ecs::Ecs, &ocsf::Ocsf];

/// The names of all exports.
pub const EXPORT_NAMES: &[&str] = &["text", "csv", "jsonl", "timesketch", "ecs", "ocsf"];

/// The export of that name.
pub fn export(name: &str) -> Option<&'static dyn Export> {
    EXPORTS.iter().copied().find(|export| export.name() == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_are_those_of_the_exports() {
        assert_eq!(EXPORTS.iter().map(|export| export.name()).collect::<Vec<_>>(), EXPORT_NAMES);
    }
}

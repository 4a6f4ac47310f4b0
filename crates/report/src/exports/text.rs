//! For people: one line per event.

use model::Event;

use super::{Export, pieces};

pub(super) struct Text;

impl Export for Text {
    fn name(&self) -> &'static str {
        "text"
    }

    /// Time, host, container, process, action, outcome, objects, identity.
    fn line(&self, event: &Event) -> String {
        let or_dash = |text: Option<&str>| model::display_safe(text.unwrap_or("-"));
        format!(
            "{}  {}  {}  {}  {}  ⟨{}⟩",
            event.time.to_millis_text(),
            or_dash(event.host.as_deref()),
            or_dash(event.container.as_ref().map(|container| container.id.as_str())),
            or_dash(pieces::actor(event).as_deref()),
            model::display_safe(&pieces::act(event)),
            event.id
        )
    }
}

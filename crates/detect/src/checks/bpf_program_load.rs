//! A container's process loads a BPF program into the host's kernel. Sensors and networks of containers do so by
//! their trade, and what the program does stands in no record: it is noted, and is no crossing by itself.

use model::{Action, Event, Outcome, Role};

use super::acts::{Acts, Seen, Sign};
use crate::{Need, signs};

/// Catalogue row 28.
pub(super) fn check() -> Acts {
    let needs = &[Need::AnyOf(&[Action::BpfLoad]), Need::Containers];
    Acts::new("bpf_program_load", &["T1014"], needs, &[Action::BpfLoad], see)
}

fn see((): &mut (), event: &Event) -> Seen {
    if event.container.is_none() || matches!(event.outcome, Outcome::Failed { .. }) {
        return Seen::Nothing;
    }
    let name = event.object(Role::Target).and_then(signs::judged_path).map(model::Bytes::to_text);
    let name = name.or(event.fact("args.name").map(str::to_string));
    let sign = Sign::noted().lacking("bpf_purpose");
    match name.filter(|name| !name.is_empty()) {
        Some(name) => sign.with("path", name).into(),
        None => sign.into(),
    }
}

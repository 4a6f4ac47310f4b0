//! The journal of a host is cut short (`journalctl --vacuum-…`, `--rotate`) after a container had acted on that host.

use model::{Action, Event};

use super::{
    acts::{Acts, Seen, Sign},
    crossed::Crossed,
};
use crate::{Need, signs};

/// Catalogue row 46: the journal. journald itself keeps to its bounds by deleting old files; that is no request.
pub(super) fn check() -> Acts<Crossed> {
    let needs = &[Need::AnyOf(&[Action::ProcessExec, Action::LogMessage]), Need::Containers];
    Acts::new("journal_vacuumed", &["T1070.002"], needs, Action::ALL, see)
}

fn see(memory: &mut Crossed, event: &Event) -> Seen {
    memory.note(event);
    let requests = event.action == Action::ProcessExec
        && event.actor.argv.iter().skip(1).any(|word| {
            let word = word.as_bytes();
            word.starts_with(b"--vacuum-") || word == b"--rotate" || word == b"--relinquish-var"
        });
    let command = || signs::command(event);
    if requests && event.container.is_some() {
        return Sign::noted().with("command", command()).into();
    }
    let told = event.action == Action::LogMessage
        && event.fact("message").is_some_and(|message| message.contains("client request to rotate journal"));
    let Some((act, container)) = memory.before(event).filter(|_| requests || told) else { return Seen::Nothing };
    let sign = Sign::noted().at_most(50).after(act, Some(container)).lacking("who_asked");
    if requests { sign.with("command", command()).into() } else { sign.into() }
}

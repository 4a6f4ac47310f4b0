//! What the checks of kernel settings share: a container writes a setting that names a program, and the kernel starts it.

use std::collections::BTreeMap;

use model::{Action, ContainerRef, CrossingOutcome, Event, EventId, Outcome};

use super::{
    acts::{Seen, Sign},
    kernel_started_helper::unknown_helper,
};
use crate::{Need, signs};

/// What these checks need to be able to answer.
pub(super) const NEEDS: &[Need] = &[Need::AnyOf(&[Action::FileWrite, Action::FileCreate]), Need::Containers];

/// What they look at. No call starts the kernel's helpers, so that recorders often show only what these do afterwards.
pub(super) const ACTS: &[Action] = Action::ALL;

/// Hosts whose last write is remembered.
const HOSTS_MAX: usize = 10_000;

/// The last write of the setting, by host.
#[derive(Default)]
pub(super) struct Written(BTreeMap<Option<String>, (EventId, ContainerRef)>);

/// A write of a setting at one of `paths` (as the host has them) prepares; the program that the kernel then starts
/// completes it.
pub(super) fn see(memory: &mut Written, event: &Event, paths: &[&str]) -> Seen {
    if let Some(program) = unknown_helper(event) {
        let Some((written, container)) = memory.0.get(&event.host) else { return Seen::Nothing };
        let mut sign = Sign::crossing(event).with("command", program.to_text()).after(*written, Some(container));
        if event.action != Action::ProcessExec {
            sign.crossing = Some(CrossingOutcome::Succeeded);
        }
        return sign.into();
    }
    let Some(container) = &event.container else { return Seen::Nothing };
    let is_setting = |path: &[u8]| paths.iter().any(|setting| setting.as_bytes() == path);
    let written = signs::changed_objects(event)
        .find(|object| object.resolved.as_ref().is_some_and(|resolved| is_setting(resolved.path.as_bytes())));
    let Some(setting) = written else { return Seen::Nothing };
    let known = memory.0.contains_key(&event.host);
    if !matches!(event.outcome, Outcome::Failed { .. }) && (known || memory.0.len() < HOSTS_MAX) {
        memory.0.insert(event.host.clone(), (event.id, container.clone()));
    }
    Sign::means(event).on(setting).at_most(signs::confidence(event, Some(setting))).lacking("helper_start").into()
}

//! A container's process loads code into the host's kernel.

use std::collections::BTreeMap;

use model::{Action, ContainerRef, CrossingOutcome, Event, EventId, Outcome, Role, Timestamp};

use super::acts::{Acts, Seen, Sign};
use crate::Need;

/// How far apart the call and the kernel's word on the module may be.
const WORD_WITHIN_NS: u64 = 30_000_000_000;
/// Hosts whose last load by a container is remembered.
const HOSTS_MAX: usize = 10_000;
/// The module is there already: what containers get that ask for modules in use.
const EEXIST: i64 = 17;

type Loaded = BTreeMap<Option<String>, (Timestamp, EventId, ContainerRef)>;

/// Catalogue row 26. Engines and network tools in privileged containers load the distribution's own modules; a module
/// that the kernel does not trust decides.
pub(super) fn check() -> Acts<Loaded> {
    let needs = &[Need::AnyOf(&[Action::ModuleLoad]), Need::Containers];
    Acts::new("kernel_module_load", &["T1611", "T1547.006"], needs, &[Action::ModuleLoad], see)
}

fn see(memory: &mut Loaded, event: &Event) -> Seen {
    let module = event.object(Role::Target);
    let name = |sign: Sign| match module.and_then(|module| module.name.as_ref()) {
        Some(name) => sign.with("path", name.to_text()),
        None => sign,
    };
    if event.fact("tainted").is_some() && event.container.is_none() {
        let last = memory.get(&event.host).filter(|last| event.time.0.abs_diff(last.0.0) <= WORD_WITHIN_NS);
        let Some((_, loaded, container)) = last else { return Seen::Nothing };
        let mut sign = name(Sign::noted()).after(*loaded, Some(container));
        sign.crossing = Some(CrossingOutcome::Succeeded);
        return sign.into();
    }
    let Some(container) = &event.container else { return Seen::Nothing };
    if event.outcome == (Outcome::Failed { code: Some(EEXIST) }) {
        return Seen::Nothing;
    }
    if memory.len() < HOSTS_MAX || memory.contains_key(&event.host) {
        memory.insert(event.host.clone(), (event.time, event.id, container.clone()));
    }
    name(Sign::means(event)).lacking("module_origin").into()
}

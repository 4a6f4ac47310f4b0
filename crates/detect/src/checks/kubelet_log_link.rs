//! A container that was given the node's log directory puts a link there, and the kubelet, which serves logs, follows
//! it to any file of the node.

use std::collections::BTreeMap;

use model::{Action, Bytes, ContainerRef, Event, EventId, Outcome, Role};

use super::acts::{Acts, Seen, Sign};
use crate::{Need, signs};

/// Links that are watched; more would only come from a flood.
const LINKS_MAX: usize = 10_000;

type Links = BTreeMap<(Option<String>, Bytes), (EventId, ContainerRef)>;

/// Catalogue row 42.
pub(super) fn check() -> Acts<Links> {
    let needs = &[Need::AnyOf(&[Action::FileSymlink]), Need::Containers];
    Acts::new("kubelet_log_link", &["T1611", "T1552"], needs, &[Action::FileSymlink, Action::FileRead], see)
}

fn see(memory: &mut Links, event: &Event) -> Seen {
    let Some(target) = event.object(Role::Target) else { return Seen::Nothing };
    if event.action == Action::FileSymlink {
        let Some(container) = &event.container else { return Seen::Nothing };
        let at = target
            .resolved
            .as_ref()
            .map(|resolved| &resolved.path)
            .filter(|path| path.is_within(b"/var/log") && signs::is_path(path));
        let Some(path) = at else { return Seen::Nothing };
        if memory.len() < LINKS_MAX && !matches!(event.outcome, Outcome::Failed { .. }) {
            memory.insert((event.host.clone(), path.clone()), (event.id, container.clone()));
        }
        let sign = Sign::means(event).on(target).lacking("link_reader");
        let leads = event.fact("link_text").filter(|text| !text.is_empty());
        return match leads {
            Some(leads) => sign.with("target", leads).into(),
            None => sign.into(),
        };
    }
    if event.container.is_some() || memory.is_empty() {
        return Seen::Nothing;
    }
    let Some(name) = target.name.as_ref().map(|name| name.as_bytes()) else { return Seen::Nothing };
    let ends = (1..name.len()).filter(|&at| name[at] == b'/').chain([name.len()]);
    let link = ends.map(|end| Bytes::from(&name[..end]));
    let made = link.into_iter().find_map(|link| memory.get(&(event.host.clone(), link)));
    let Some((made, container)) = made else { return Seen::Nothing };
    Sign::crossing(event).with("target", String::from_utf8_lossy(name)).after(*made, Some(container)).into()
}

//! A client that copies files out of a container makes a link and then writes through it: the archive that the
//! container sent leads out of the directory to which was copied.

use std::collections::{BTreeMap, BTreeSet};

use model::{Action, Bytes, Event, EventId, Outcome, Role};

use super::acts::{Acts, Seen, Sign, make_room};
use crate::{Need, signs};

/// Links of one process, and processes, that are remembered.
const LINKS_MAX: usize = 1_024;
const PROCESSES_MAX: usize = 32;
/// Programs that unpack what a container sends.
const CLIENTS: &[&str] = &["kubectl", "oc", "docker", "podman", "nerdctl", "crictl", "k3s"];

type Links = BTreeMap<(Option<String>, u32), (EventId, BTreeSet<Bytes>)>;

/// Catalogue row 37 (CVE-2019-1002101). What the API server sees of it is a command in a pod.
pub(super) fn check() -> Acts<Links> {
    let needs = &[Need::AnyOf(&[Action::FileSymlink])];
    let acts = &[Action::FileSymlink, Action::FileWrite, Action::FileCreate, Action::ProcessExit];
    Acts::new("client_copy_link", &["T1611"], needs, acts, see)
}

fn see(memory: &mut Links, event: &Event) -> Seen {
    let (None, Some(pid)) = (&event.container, event.actor.pid) else { return Seen::Nothing };
    let key = (event.host.clone(), pid);
    let target = event.object(Role::Target);
    match event.action {
        Action::ProcessExit => {
            memory.remove(&key);
        }
        Action::FileSymlink if signs::program_is(event, CLIENTS) => {
            let name = target.and_then(signs::judged_path).filter(|name| signs::is_path(name));
            let Some(name) = name else { return Seen::Nothing };
            if !matches!(event.outcome, Outcome::Failed { .. }) {
                make_room(memory, &key, PROCESSES_MAX);
                let links = &mut memory.entry(key).or_insert_with(|| (event.id, BTreeSet::new())).1;
                if links.len() < LINKS_MAX {
                    links.insert(name.clone());
                }
            }
        }
        Action::FileSymlink => {}
        _ => {
            let Some((made, links)) = memory.get(&key) else { return Seen::Nothing };
            let Some(name) = target.and_then(signs::judged_path) else { return Seen::Nothing };
            let bytes = name.as_bytes();
            let above = (1..bytes.len()).filter(|&at| bytes[at] == b'/').map(|at| Bytes::from(&bytes[..at]));
            if let Some(link) = above.into_iter().find(|above| links.contains(above)) {
                let sign = Sign::crossing(event).with("path", name.to_text()).with("target", link.to_text());
                return sign.after(*made, None).into();
            }
        }
    }
    Seen::Nothing
}

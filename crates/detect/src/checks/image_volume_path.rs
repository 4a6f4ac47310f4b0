//! An image declares a volume whose path leads out of the image (`/../..`), and the runtime copies the host's files
//! that lie there into the container.

use std::collections::{BTreeMap, VecDeque};

use model::{Action, ContainerRef, CrossingOutcome, Event, EventId, Outcome, Role};

use super::acts::{Acts, Seen, Sign, make_room};
use crate::{Need, signs};

/// Files that the runtime read last, per process: copying opens the copy right after the original.
const READ_MAX: usize = 64;
const PROCESSES_MAX: usize = 256;

type Reads = BTreeMap<(Option<String>, u32), VecDeque<(EventId, model::Bytes)>>;

/// Catalogue row 39 (CVE-2022-23648).
pub(super) fn check() -> Acts<Reads> {
    let needs = &[Need::AnyOf(&[Action::ContainerCreate, Action::FileRead])];
    let acts =
        &[Action::ContainerCreate, Action::ImageChange, Action::LogMessage, Action::FileRead, Action::FileCreate];
    Acts::new("image_volume_path", &["T1611"], needs, acts, see)
}

fn see(memory: &mut Reads, event: &Event) -> Seen {
    if !matches!(event.action, Action::FileRead | Action::FileCreate) {
        return declared(event).into();
    }
    // The runtime copies; it is no process of a container.
    let (None, Some(pid)) = (&event.container, event.actor.pid) else { return Seen::Nothing };
    let runtime = event.actor.comm.as_ref().is_some_and(|comm| comm.as_bytes().starts_with(b"containerd"))
        || signs::program_is(event, &["containerd"]);
    let Some(path) =
        event.object(Role::Target).and_then(signs::judged_path).filter(|path| runtime && signs::is_path(path))
    else {
        return Seen::Nothing;
    };
    let key = (event.host.clone(), pid);
    let text = path.to_text();
    let own = text.contains("/containerd");
    match event.action {
        Action::FileRead if !own && !matches!(event.outcome, Outcome::Failed { .. }) => {
            make_room(memory, &key, PROCESSES_MAX);
            let reads = memory.entry(key).or_default();
            if reads.len() >= READ_MAX {
                reads.pop_front();
            }
            reads.push_back((event.id, path.clone()));
            Seen::Nothing
        }
        Action::FileCreate => {
            let Some(container) = volume_of(&text) else { return Seen::Nothing };
            let reads = memory.get(&key);
            let same = |read: &&(EventId, model::Bytes)| read.1.file_name() == path.file_name();
            let Some((read, from)) = reads.and_then(|reads| reads.iter().rev().find(same)) else {
                return Seen::Nothing;
            };
            let sign = Sign::crossing(event).with("path", from.to_text()).with("target", text);
            sign.after(*read, Some(&container)).into()
        }
        _ => Seen::Nothing,
    }
}

/// A volume's path as a request or a message of the runtime gives it.
fn declared(event: &Event) -> Option<Sign> {
    let facts = event.facts.iter().filter(|(name, _)| name.starts_with("body.Volumes") || *name == "volumes");
    let path = facts.map(|(name, value)| format!("{name} {value}")).find(|text| leads_out(text))?;
    let mut sign = Sign::means(event).with("path", path).lacking("volume_content");
    if sign.crossing == Some(CrossingOutcome::Succeeded) {
        sign.crossing = Some(CrossingOutcome::Unknown);
    }
    Some(sign.keyed(event.fact("container.name").unwrap_or_default()))
}

fn leads_out(text: &str) -> bool {
    text.split(['/', '"', ' ']).any(|part| part == "..")
}

/// The container into whose volumes a file is copied.
fn volume_of(path: &str) -> Option<ContainerRef> {
    let (before, _) = path.split_once("/volumes/")?;
    let (_, id) = before.rsplit_once("/containers/")?;
    let whole = before.contains("io.containerd.grpc.v1.cri") && !id.contains('/');
    whole.then(|| ContainerRef { id: id.to_string(), confidence: 90 })
}

//! A container's process moves pages of a file that it may only read into a pipe or a cipher, and then writes there:
//! kernels with a fault change the cached file by that, whoever may write it (CVE-2022-0847, CVE-2026-31431).

use std::collections::BTreeMap;

use model::{Action, Event, EventId, Outcome, Role};

use super::acts::{Acts, Seen, Sign, make_room};
use crate::{Need, signs};

/// Processes whose files are remembered, and files of each.
const PROCESSES_MAX: usize = 1_000;
const FILES_MAX: usize = 32;

/// What a process has open.
#[derive(Default)]
pub(super) struct Open {
    /// By descriptor: files opened for reading only.
    files: BTreeMap<u64, (EventId, String)>,
    /// Where pages of such a file went: the descriptor, the file, and the event.
    moved: Option<(u64, String, EventId)>,
    /// A socket of the kernel's ciphers.
    cipher: Option<EventId>,
}

type Processes = BTreeMap<(Option<String>, u32), Open>;

/// Catalogue row 31.
pub(super) fn check() -> Acts<Processes> {
    let needs = &[Need::Calls(&["splice"]), Need::Calls(&["write", "socket"]), Need::Containers];
    let acts = &[Action::FileRead, Action::FileWrite, Action::Other, Action::ProcessExec, Action::ProcessExit];
    Acts::new("page_cache_write", &["T1068", "T1611"], needs, acts, see)
}

fn see(memory: &mut Processes, event: &Event) -> Seen {
    let (Some(_), Some(pid)) = (&event.container, event.actor.pid) else { return Seen::Nothing };
    // Tracee looks at the pipe's own flag.
    if signs::call(event) == Some("dirty_pipe_splice") {
        let path = event.fact("args.in_file_path").unwrap_or_default();
        return Sign::means(event).with("path", path).lacking("page_cache_hash").into();
    }
    if matches!(event.outcome, Outcome::Failed { .. }) {
        return Seen::Nothing;
    }
    let key = (event.host.clone(), pid);
    if matches!(event.action, Action::ProcessExec | Action::ProcessExit) {
        memory.remove(&key);
        return Seen::Nothing;
    }
    match (event.action, signs::call(event)) {
        (Action::FileRead, _) => {
            let descriptor = event.fact("exit").or(event.fact("returnValue")).and_then(|text| text.parse().ok());
            let path = event.object(Role::Target).and_then(signs::judged_path);
            let path = path.filter(|path| signs::is_path(path)).map(model::Bytes::to_text);
            if let (Some(descriptor), Some(path)) = (descriptor, path) {
                make_room(memory, &key, PROCESSES_MAX);
                let open = memory.entry(key).or_default();
                if open.files.len() < FILES_MAX || open.files.contains_key(&descriptor) {
                    open.files.insert(descriptor, (event.id, path));
                }
            }
            Seen::Nothing
        }
        (_, Some("socket")) if event.fact("family") == Some("alg") => {
            make_room(memory, &key, PROCESSES_MAX);
            memory.entry(key).or_default().cipher = Some(event.id);
            Seen::Nothing
        }
        (_, Some("splice")) => memory.get_mut(&key).map_or(Seen::Nothing, |open| open.splice(event)),
        (_, Some("write")) => memory.get_mut(&key).map_or(Seen::Nothing, |open| open.write(event)),
        _ => Seen::Nothing,
    }
}

impl Open {
    fn splice(&mut self, event: &Event) -> Seen {
        let from = signs::argument(event, "a0", "args.fd_in");
        let Some((opened, path)) = from.and_then(|from| self.files.get(&from)).cloned() else { return Seen::Nothing };
        if let Some(to) = signs::argument(event, "a2", "args.fd_out") {
            self.moved = Some((to, path.clone(), event.id));
        }
        let Some(cipher) = self.cipher else { return Seen::Nothing };
        let mut sign = Sign::means(event).with("path", path).lacking("page_cache_hash");
        sign.earlier = vec![opened.min(cipher), opened.max(cipher)];
        sign.into()
    }

    fn write(&mut self, event: &Event) -> Seen {
        let to = signs::argument(event, "a0", "args.fd");
        let Some((pipe, path, moved)) = self.moved.take() else { return Seen::Nothing };
        if to != Some(pipe) {
            self.moved = Some((pipe, path, moved));
            return Seen::Nothing;
        }
        let mut sign = Sign::means(event).with("path", path).lacking("page_cache_hash");
        sign.earlier = vec![moved];
        sign.into()
    }
}

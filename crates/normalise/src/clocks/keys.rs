//! By what an occurrence is known again in another source.

use model::{Action, Event, ObjectKind, Outcome};

/// What kind of occurrence is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// An audit event: its time and serial.
    Audit,
    /// The recorder's own id of the occurrence.
    Occurrence,
    /// A record inside another record, each with its own time.
    Carried,
    /// An act of a container runtime.
    Container,
    /// A program start.
    Exec,
    /// A log message.
    Message,
}

impl Kind {
    /// All, most telling first.
    pub const ALL: [Self; 6] =
        [Self::Audit, Self::Occurrence, Self::Carried, Self::Container, Self::Exec, Self::Message];

    /// How far two honest recorders of one occurrence may lie apart, in nanoseconds. Copies of one record do not
    /// differ; a program start is stamped at entry by one and at exit by the other; runtimes and loggers queue.
    /// Chosen by eye, with margin.
    pub fn tolerance_ns(self) -> i64 {
        match self {
            Self::Audit | Self::Occurrence => 1_000_000,
            Self::Exec => 100_000_000,
            Self::Carried => 2_000_000_000,
            Self::Container | Self::Message => 3_000_000_000,
        }
    }

    /// Distinct occurrences that must agree. Pids and texts come again by chance, identities do not.
    pub fn support_min(self) -> usize {
        match self {
            Self::Audit | Self::Occurrence | Self::Carried | Self::Container => 1,
            Self::Exec | Self::Message => 3,
        }
    }
}

/// Characters of a container id that every source shows at least.
const CONTAINER_ID_CHARS: usize = 12;
/// The kernel's task names are at most this long.
const TASK_NAME_BYTES: usize = 15;
/// Fields of structured messages that say what a message is about; its text alone comes again for every pod.
const TELLING: &[&str] = &["containerID", "err", "event", "id", "pod", "podSandboxID"];
/// Shorter messages come again too often to be known by their text.
const MESSAGE_BYTES_MIN: usize = 16;

/// The keys of an event. At most one of each kind.
pub(super) fn keys(event: &Event, mut take: impl FnMut(Kind, u64)) {
    if let Some(serial) = event.serial
        && matches!(event.format.as_str(), "auditd" | "laurel")
    {
        take(Kind::Audit, hash(&[&event.time.0.to_le_bytes(), &serial.to_le_bytes()]));
    }
    if let Some(id) = &event.occurrence {
        take(Kind::Occurrence, hash(&[id.as_bytes()]));
    }
    // An alert tells of a program start where its rule matched one.
    let is_alerted_start = event.action == Action::AlertRaised
        && event.fact("evt.type").is_some_and(|name| matches!(name, "execve" | "execveat"));
    match event.action {
        action if action == Action::ProcessExec || is_alerted_start => {
            let failed = matches!(event.outcome, Outcome::Failed { .. });
            if let (Some(pid), Some(name), false) = (event.actor.pid, program(event), failed) {
                take(Kind::Exec, hash(&[&pid.to_le_bytes(), name]));
            }
        }
        Action::ContainerCreate
        | Action::ContainerStart
        | Action::ContainerExec
        | Action::ContainerStop
        | Action::ContainerDelete => {
            if let Some(id) = container_id(event) {
                take(Kind::Container, hash(&[id, event.action.name().as_bytes()]));
            }
        }
        _ => {}
    }
    if let Some(message) = event.fact("message") {
        let text = without_boot_stamp(message.trim()).as_bytes();
        let telling = TELLING.iter().filter_map(|name| event.fact(name)).map(str::as_bytes);
        let parts: Vec<&[u8]> = std::iter::once(text).chain(telling).collect();
        if parts.iter().map(|part| part.len()).sum::<usize>() >= MESSAGE_BYTES_MIN {
            take(Kind::Message, hash(&parts));
        }
    }
}

/// The name that recorders agree on: the task name, else the end of the executable's path cut to its length.
fn program(event: &Event) -> Option<&[u8]> {
    let whole = match (&event.actor.comm, &event.actor.exe) {
        (Some(comm), _) => &comm.0,
        (None, Some(exe)) => &exe.0,
        (None, None) => return None,
    };
    let name = whole.rsplit(|&byte| byte == b'/').next().unwrap_or(whole);
    let name = &name[..name.len().min(TASK_NAME_BYTES)];
    (!name.is_empty()).then_some(name)
}

/// The first characters of the container's id, where the event gives an id and not a name.
fn container_id(event: &Event) -> Option<&[u8]> {
    let named = event.objects.iter().find(|object| object.kind == ObjectKind::Container);
    let name = named.and_then(|object| object.name.as_ref()).map(|name| &name.0[..]);
    let is_id = |id: &&[u8]| id.len() >= CONTAINER_ID_CHARS && id.iter().all(u8::is_ascii_hexdigit);
    let fact = event.fact("container.id").map(str::as_bytes);
    [name, fact].into_iter().flatten().find(is_id).map(|id| &id[..CONTAINER_ID_CHARS])
}

/// `[   12.345678] text` without the stamp that only some copies of a kernel message show.
fn without_boot_stamp(text: &str) -> &str {
    let Some((stamp, rest)) = text.strip_prefix('[').and_then(|text| text.split_once(']')) else { return text };
    let is_stamp = stamp.contains('.') && stamp.trim().chars().all(|c| c.is_ascii_digit() || c == '.');
    if is_stamp { rest.trim_start() } else { text }
}

/// FNV-1a over the parts with their lengths, then mixed so that small hashes are a fair sample. Who can write log
/// lines can make texts collide; a collision is one wrong pair among many, which the mode outvotes.
fn hash(parts: &[&[u8]]) -> u64 {
    let mut sum: u64 = 0xcbf2_9ce4_8422_2325;
    for part in parts {
        for byte in part.iter().chain(&(part.len() as u64).to_le_bytes()) {
            sum = (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    sum ^= sum >> 33;
    sum = sum.wrapping_mul(0xff51_afd7_ed55_8ccd);
    sum ^ sum >> 33
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Bytes, EventId, Sha256, Timestamp};

    fn of(event: &Event) -> Vec<(Kind, u64)> {
        let mut found = Vec::new();
        keys(event, |kind, key| found.push((kind, key)));
        found
    }

    #[test]
    fn two_recorders_of_one_program_start_agree() {
        let id = EventId::new(Sha256([0; 32]), 0, 0);
        let mut audit = Event::draft(id, Timestamp(5), "falco", Action::ProcessExec);
        audit.actor.pid = Some(812);
        audit.actor.comm = Some(Bytes::from("node_exporter_v"));
        let mut other = audit.clone();
        other.actor.comm = None;
        other.actor.exe = Some(Bytes::from("/usr/bin/node_exporter_v2"));
        assert_eq!(of(&audit), of(&other));
        other.outcome = Outcome::Failed { code: Some(2) };
        assert_eq!(of(&other), []);
    }

    #[test]
    fn a_kernel_message_is_the_same_with_and_without_its_stamp() {
        let id = EventId::new(Sha256([0; 32]), 0, 0);
        let mut plain = Event::draft(id, Timestamp(5), "syslog", Action::LogMessage);
        plain.facts.insert("message", "overlayfs: upper fs does not support");
        let mut stamped = plain.clone();
        stamped.facts.insert("message", "[   12.345678] overlayfs: upper fs does not support");
        assert_eq!(of(&plain), of(&stamped));
        assert_eq!(of(&plain).len(), 1);
    }
}

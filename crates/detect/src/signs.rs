//! Signs that several checks and the scope share: which acts change data, whose act it is, which
//! paths act again later.

use model::{
    Action, Bytes, CARRIED_BY, Confidence, CrossingOutcome, Domain, Event, Finding, Object, ObjectKind, Outcome, Role,
    View,
};

/// Whether the action changes a file, a directory or their metadata.
pub fn changes_data(action: Action) -> bool {
    matches!(
        action,
        Action::FileWrite
            | Action::FileCreate
            | Action::FileTruncate
            | Action::FileRename
            | Action::FileLink
            | Action::FileSymlink
            | Action::FileDelete
            | Action::FileMetadata
            | Action::DirectoryCreate
            | Action::DirectoryDelete
            | Action::DeviceCreate
    )
}

/// The actions of [`changes_data`], as a need of checks.
pub const CHANGES: &[Action] = &[
    Action::FileWrite,
    Action::FileCreate,
    Action::FileTruncate,
    Action::FileRename,
    Action::FileDelete,
    Action::FileMetadata,
    Action::DirectoryCreate,
];

/// Whether the object holds data: terminals, pipes and sockets do not.
pub fn holds_data(object: &Object) -> bool {
    matches!(object.kind, ObjectKind::File | ObjectKind::Directory | ObjectKind::Symlink | ObjectKind::BlockDevice)
}

/// The objects whose content, name or metadata the event changes.
pub fn changed_objects(event: &Event) -> impl Iterator<Item = &Object> {
    let acts = changes_data(event.action);
    let both = matches!(event.action, Action::FileRename);
    event.objects.iter().filter(move |object| {
        let part = matches!(object.role, Role::Target | Role::Replaced) || both && object.role == Role::Source;
        acts && part && holds_data(object)
    })
}

/// The host's objects that a container's process changes with this event.
pub fn host_changes(event: &Event) -> impl Iterator<Item = &Object> {
    let inside = event.container.is_some();
    changed_objects(event).filter(move |object| inside && object.domain == Some(Domain::Host))
}

/// The path by which an object is judged: on the host where known, else as recorded.
pub fn judged_path(object: &Object) -> Option<&Bytes> {
    object.resolved.as_ref().map(|resolved| &resolved.path).or(object.name.as_ref())
}

/// How far an act got, from the outcome of its event.
pub fn crossing_of(outcome: Outcome) -> CrossingOutcome {
    match outcome {
        Outcome::Succeeded => CrossingOutcome::Succeeded,
        Outcome::Failed { .. } => CrossingOutcome::Attempted,
        Outcome::Unknown => CrossingOutcome::Unknown,
    }
}

/// How directly the event says that a container's process did this to that object: the weaker of both.
pub fn confidence(event: &Event, object: Option<&Object>) -> Confidence {
    let container = event.container.as_ref().map_or(100, |container| container.confidence);
    let place = object.and_then(|object| object.resolved.as_ref()).map_or(100, |resolved| resolved.confidence);
    container.min(place)
}

/// Whether a process of container lineage sees the host's own file system.
pub fn acts_on_host(event: &Event) -> bool {
    event.container.is_some() && event.view == Some(View::Host)
}

/// The system call, or the kernel's function, that the record is about, by its own name.
pub fn call(event: &Event) -> Option<&str> {
    // Tracee's `syscall` is the call during which its event happened.
    let own = if event.format.starts_with("tracee") { "eventName" } else { "syscall" };
    event.fact(own)
}

/// An argument of the call: `register` is its place in audit records (hexadecimal), `named` its name elsewhere.
pub fn argument(event: &Event, register: &str, named: &str) -> Option<u64> {
    let hex = |text: &str| u64::from_str_radix(text.trim_start_matches("0x"), 16).ok();
    let of_name = || {
        let text = event.fact(named)?;
        text.strip_prefix("0x").map_or_else(|| text.parse().ok(), hex)
    };
    event.fact(register).and_then(hex).or_else(of_name)
}

/// Whether the file's content is thrown away when it is opened.
pub fn truncates(event: &Event) -> bool {
    event.fact("open_flags").is_some_and(|flags| flags.split(',').any(|flag| flag == "truncate"))
}

/// Whether the path leads through the root or working directory of a process: `/proc/PID/root/…`.
pub fn is_through_process(name: &Bytes) -> bool {
    let Some(rest) = name.as_bytes().strip_prefix(b"/proc/") else { return false };
    let mut parts = rest.split(|&byte| byte == b'/');
    let pid = parts.next().is_some_and(|pid| !pid.is_empty() && pid.iter().all(u8::is_ascii_digit));
    pid && matches!(parts.next(), Some(b"root" | b"cwd"))
}

/// Bytes of a path that a check remembers: no real one has more. Source: `PATH_MAX`, Linux include/uapi/linux/limits.h.
const PATH_BYTES_MAX: usize = 4_096;

/// Whether the path is short enough to be a real one; a log can hold any text as a name.
pub fn is_path(path: &Bytes) -> bool {
    path.as_bytes().len() < PATH_BYTES_MAX
}

/// Characters of a command line in a finding.
const COMMAND_CHARS_MAX: usize = 1_000;

/// The actor's arguments in one line.
pub fn command(event: &Event) -> String {
    let words: Vec<String> = event.actor.argv.iter().take(256).map(Bytes::to_text).collect();
    words.join(" ").chars().take(COMMAND_CHARS_MAX).collect()
}

/// Whether the program at the end of the path has one of these names.
pub fn program_is(event: &Event, names: &[&str]) -> bool {
    let exe = event.actor.exe.as_ref().map(|exe| String::from_utf8_lossy(exe.file_name()).into_owned());
    exe.is_some_and(|exe| names.contains(&exe.as_str()))
}

/// What is missing of a record that its carrier does not vouch for.
pub const RECORDER_IDENTITY: &str = "recorder_identity";

/// Carriers that take any line under any name that its writer gives itself.
const UNVOUCHED: &[&str] = &["syslog", "docker_json_log", "cri_log"];

/// Whether the log that carries the record does not say for sure who wrote it: it may be forged.
pub fn is_unvouched(event: &Event) -> bool {
    event.fact(CARRIED_BY).is_some_and(|carrier| UNVOUCHED.contains(&carrier))
}

/// The finding of `check` that `event` begins, with the facts that every text can use.
pub fn finding(check: &str, attack: &[&str], event: &Event, crossing: Option<CrossingOutcome>) -> Finding {
    let mut finding = Finding {
        id: format!("{check}@{}", event.id),
        check: check.to_string(),
        attack: attack.iter().map(ToString::to_string).collect(),
        crossing,
        confidence: confidence(event, None),
        time: event.time,
        host: event.host.clone(),
        container: event.container.clone(),
        subject: event.process.clone(),
        facts: std::collections::BTreeMap::new(),
        missing: Vec::new(),
        events: vec![event.id],
        count: 1,
        last: event.time,
    };
    if is_unvouched(event) {
        finding.missing.push(RECORDER_IDENTITY.to_string());
    }
    if let Some(container) = &event.container {
        finding.facts.insert("container".to_string(), container.id.clone());
    }
    if let Some(comm) = &event.actor.comm {
        finding.facts.insert("process".to_string(), comm.to_text());
    }
    if let Some(user) = &event.actor.user {
        finding.facts.insert("user".to_string(), user.clone());
    }
    finding
}

/// Places on a host that make something run or let someone in again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Persistence {
    /// A cron table.
    Cron,
    /// A file of keys that may log in.
    AuthorizedKeys,
    /// A systemd unit.
    SystemdUnit,
    /// A manifest from which the kubelet starts a pod by itself.
    StaticPod,
    /// Libraries that every program loads.
    LibraryPreload,
    /// Users, passwords, and who may become root.
    Account,
    /// What a login, a boot or a new device runs.
    Startup,
    /// A kernel module, or the list of those that are loaded at boot.
    KernelModule,
}

/// Which persistence a path stands for, by its end: the mount point before it is the attacker's choice.
pub fn persistence(path: &Bytes) -> Option<Persistence> {
    let text = path.to_text();
    let cron = ["/cron.d/", "/cron.hourly/", "/cron.daily/", "/cron.weekly/", "/cron.monthly/", "/spool/cron/"];
    if cron.iter().any(|part| text.contains(part)) || text.ends_with("/etc/crontab") || text.ends_with("/anacrontab") {
        return Some(Persistence::Cron);
    }
    if text.ends_with("/.ssh/authorized_keys") || text.ends_with("/.ssh/authorized_keys2") {
        return Some(Persistence::AuthorizedKeys);
    }
    let unit = [".service", ".timer", ".socket", ".path", ".conf"].iter().any(|end| text.ends_with(end));
    if unit && (text.contains("/systemd/system/") || text.contains("/systemd/user/")) {
        return Some(Persistence::SystemdUnit);
    }
    if text.contains("/kubernetes/manifests/") || text.contains("/kubelet/manifests/") {
        return Some(Persistence::StaticPod);
    }
    PLACES
        .iter()
        .find(|(parts, ends, _)| {
            parts.iter().any(|part| text.contains(part)) || ends.iter().any(|end| text.ends_with(end))
        })
        .map(|place| place.2)
}

/// Further places: parts of paths, ends of paths, and what they stand for.
#[rustfmt::skip]
const PLACES: &[(&[&str], &[&str], Persistence)] = &[
    (&["/etc/ld.so.conf.d/"], &["/etc/ld.so.preload", "/etc/ld.so.conf"], Persistence::LibraryPreload),
    (&["/etc/sudoers.d/", "/etc/pam.d/"],
        &["/etc/passwd", "/etc/shadow", "/etc/group", "/etc/gshadow", "/etc/sudoers"], Persistence::Account),
    (&["/etc/profile.d/", "/etc/init.d/", "/etc/update-motd.d/", "/udev/rules.d/", "/etc/xdg/autostart/"],
        &["/etc/profile", "/etc/bash.bashrc", "/.bashrc", "/.bash_profile", "/.bash_login", "/.profile", "/.zshrc",
            "/etc/rc.local"], Persistence::Startup),
    (&["/etc/modules-load.d/", "/etc/modprobe.d/"],
        &["/etc/modules", ".ko", ".ko.xz", ".ko.zst", ".ko.gz"], Persistence::KernelModule),
];

/// Names of container runtime sockets.
const RUNTIME_SOCKETS: &[&str] =
    &["docker.sock", "containerd.sock", "crio.sock", "podman.sock", "cri-dockerd.sock", "dockershim.sock"];

/// Whether the socket commands a container runtime: by its name, or as a shim's abstract socket.
pub fn is_runtime_socket(object: &Object) -> bool {
    let names = object.name.iter().chain(object.resolved.as_ref().map(|resolved| &resolved.path));
    names.into_iter().any(|name| {
        let last = String::from_utf8_lossy(name.file_name()).into_owned();
        RUNTIME_SOCKETS.contains(&last.as_str()) || is_shim_socket(name)
    })
}

/// Whether the name is that of a containerd shim's abstract socket.
pub fn is_shim_socket(name: &Bytes) -> bool {
    name.as_bytes().starts_with(b"@/containerd-shim/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn persistence_is_known_by_the_end_of_the_path() {
        let cases = [
            ("/srv/host/etc/cron.d/job", Some(Persistence::Cron)),
            ("/var/spool/cron/crontabs/root", Some(Persistence::Cron)),
            ("/mnt/root/.ssh/authorized_keys", Some(Persistence::AuthorizedKeys)),
            ("/etc/systemd/system/x.service", Some(Persistence::SystemdUnit)),
            ("/host/etc/kubernetes/manifests/a.yaml", Some(Persistence::StaticPod)),
            ("/host/etc/ld.so.preload", Some(Persistence::LibraryPreload)),
            ("/host/etc/shadow", Some(Persistence::Account)),
            ("/home/mori/.bashrc", Some(Persistence::Startup)),
            ("/lib/modules/6.1.0/extra/x.ko", Some(Persistence::KernelModule)),
            ("/srv/data/acron.d.txt", None),
            ("/srv/data/passwd", None),
            ("/etc/systemd/system.conf", None),
        ];
        for (path, expected) in cases {
            assert_eq!(persistence(&Bytes::from(path)), expected, "{path}");
        }
    }
}

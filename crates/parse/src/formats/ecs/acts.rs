//! Which act a document tells of, as far as its categories and the words of known shippers say.

use std::borrow::Cow;

use model::{Action, Bytes, Facts, Object, ObjectKind, Role};

use crate::siem::{self, first};

/// The names that checks read, of the names that shippers use.
pub(super) fn names(facts: &mut Facts) {
    siem::rename(
        facts,
        "",
        &[
            ("kubernetes.container.name", "container.name"),
            ("container.image.name", "container.image.repository"),
            ("container.image.hash.all", "container.image.digest"),
            ("kubernetes.namespace", "k8s.ns.name"),
            ("kubernetes.pod.name", "k8s.pod.name"),
            ("kubernetes.pod.uid", "k8s.pod.uid"),
            ("orchestrator.namespace", "k8s.ns.name"),
            ("rule.name", "rule"),
            ("kibana.alert.rule.name", "rule"),
            ("auditd.data.syscall", "syscall"),
        ],
    );
}

/// The error that made the act fail, where the shipper kept it.
pub(super) fn error(facts: &Facts) -> Option<i64> {
    first(facts, &["auditd.data.exit"])?.parse::<i64>().ok().filter(|code| *code < 0).map(|code| -code)
}

/// A text in small letters, in which it usually stands.
fn lower(text: &str) -> Cow<'_, str> {
    if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(text.to_ascii_lowercase())
    } else {
        Cow::Borrowed(text)
    }
}

/// What was done, and to what.
pub(super) fn action(facts: &Facts) -> (Action, Vec<Object>) {
    let words = |name: &str| lower(facts.get(name).unwrap_or(""));
    let (kind, category, types, act) =
        (words("event.kind"), words("event.category"), words("event.type"), words("event.action"));
    let is = |list: &str, word: &str| list.split(' ').any(|each| each == word);
    if is(&kind, "alert") || is(&kind, "signal") {
        return (Action::AlertRaised, file(facts).into_iter().collect());
    }
    if category.is_empty() && act.is_empty() {
        let nothing_else = first(facts, &["message"]).is_some();
        return (if nothing_else { Action::LogMessage } else { Action::Other }, Vec::new());
    }
    if is(&category, "process") {
        return process(facts, &types, &act);
    }
    if is(&category, "file") {
        return (on_file(facts, &types, &act), files(facts));
    }
    if is(&category, "driver") && (is(&types, "start") || act.starts_with("load")) {
        let name = first(facts, &["driver.name", "dll.name", "file.path", "auditd.data.name"]);
        return (Action::ModuleLoad, vec![siem::target(ObjectKind::Module, name)]);
    }
    if is(&category, "network") {
        return network(facts, &act);
    }
    if is(&category, "authentication") || is(&category, "session") {
        return (Action::UserSession, Vec::new());
    }
    (Action::Other, Vec::new())
}

/// `exec` and `end` of Defend, `executed` of auditbeat's audit module, `process_started` and `process_stopped` of its system module.
fn process(facts: &Facts, types: &str, act: &str) -> (Action, Vec<Object>) {
    match act {
        "exec" | "executed" | "process_started" | "start" => {}
        "end" | "process_stopped" | "exited" => return (Action::ProcessExit, Vec::new()),
        // The child is the document's process; which process asked, its parent, is a guess.
        "" if types == "start" => {}
        "" if types == "end" => return (Action::ProcessExit, Vec::new()),
        _ => return (Action::Other, Vec::new()),
    }
    let name = first(facts, &["process.executable", "process.name"]);
    (Action::ProcessExec, vec![siem::target(ObjectKind::File, name)])
}

fn on_file(facts: &Facts, types: &str, act: &str) -> Action {
    let is = |word: &str| types.split(' ').any(|each| each == word);
    // Auditbeat's integrity module lists several acts of one change; the telling one decides.
    let any = |names: &[&str]| act.split(' ').any(|each| names.contains(&each));
    if any(&["opened-file", "open"]) {
        return opened(facts);
    }
    if any(&["renamed", "rename", "moved"]) {
        return Action::FileRename;
    }
    if any(&["mounted"]) {
        return Action::MountAttach;
    }
    if any(&["unmounted"]) {
        return Action::MountDetach;
    }
    if any(&["created-directory"]) {
        return Action::DirectoryCreate;
    }
    if any(&["symlinked"]) {
        return Action::FileSymlink;
    }
    if any(&["linked"]) {
        return Action::FileLink;
    }
    if any(&["deleted", "deletion", "delete"]) || is("deletion") {
        return Action::FileDelete;
    }
    if any(&["created", "creation", "create"]) || is("creation") {
        return Action::FileCreate;
    }
    let metadata = act.starts_with("changed-file-") && !act.starts_with("changed-file-content");
    if any(&["attributes_modified"]) && !any(&["updated"]) || metadata {
        return Action::FileMetadata;
    }
    if any(&["updated", "modification", "overwrite", "write", "wrote-to-file"]) {
        return Action::FileWrite;
    }
    Action::Other
}

/// An open is for reading or for writing by its flags, which auditbeat keeps in hexadecimal.
fn opened(facts: &Facts) -> Action {
    let flags = match first(facts, &["auditd.data.syscall"]) {
        Some("open") => first(facts, &["auditd.data.a1"]),
        Some("openat") => first(facts, &["auditd.data.a2"]),
        _ => None,
    };
    // O_ACCMODE: 0 is O_RDONLY. Source: include/uapi/asm-generic/fcntl.h.
    match flags.and_then(|flags| crate::text::hex_number(flags.as_bytes())).map(|flags| flags & 3) {
        Some(0) => Action::FileRead,
        Some(_) => Action::FileWrite,
        None => Action::Other,
    }
}

fn file(facts: &Facts) -> Option<Object> {
    let path = first(facts, &["file.path"])?;
    let kind = match first(facts, &["file.type"]) {
        Some("dir" | "directory") => ObjectKind::Directory,
        Some("symlink") => ObjectKind::Symlink,
        Some("socket") => ObjectKind::Socket,
        Some("fifo") => ObjectKind::Fifo,
        Some("block-device") => ObjectKind::BlockDevice,
        Some("char-device" | "character-device") => ObjectKind::CharDevice,
        _ => ObjectKind::File,
    };
    let inode = first(facts, &["file.inode"]).and_then(|text| text.parse().ok());
    Some(Object { inode, ..siem::target(kind, Some(path)) })
}

/// The file, and its name before where Defend gives it.
fn files(facts: &Facts) -> Vec<Object> {
    let before = first(facts, &["file.Ext.original.path"])
        .map(|path| Object { name: Some(Bytes::from(path)), ..Object::new(Role::Source, ObjectKind::File) });
    before.into_iter().chain(file(facts)).collect()
}

fn network(facts: &Facts, act: &str) -> (Action, Vec<Object>) {
    let action = match act {
        "connected-to" | "connection_attempted" => Action::SocketConnect,
        "bound-socket" => Action::SocketBind,
        _ => return (Action::Other, Vec::new()),
    };
    let address = first(facts, &["destination.ip", "destination.path", "destination.address"]);
    let name = match (address, first(facts, &["destination.port"])) {
        (Some(address), Some(port)) if address.contains(':') => Some(format!("[{address}]:{port}")),
        (Some(address), Some(port)) => Some(format!("{address}:{port}")),
        (address, _) => address.map(str::to_string),
    };
    (action, vec![siem::target(ObjectKind::Socket, name.as_deref())])
}

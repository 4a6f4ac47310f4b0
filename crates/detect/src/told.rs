//! What an alert of Falco tells of the act behind it: the same checks judge it that judge the act itself.
//!
//! An alert names the call (`evt.type`), its result and the object, as far as the rule's output holds these fields.

use model::{Action, Bytes, Event, Object, ObjectKind, Role};

/// Arguments of a program start that are looked at.
const ARGUMENTS_MAX: usize = 1_024;

/// Calls by what they do. Opens are told apart by their flags, and calls without an action of their own are kept
/// under their names.
#[rustfmt::skip]
const CALLS: &[(&[&str], Action)] = &[
    (&["execve", "execveat"], Action::ProcessExec),
    (&["setns"], Action::NamespaceEnter),
    (&["chroot"], Action::ProcessChroot),
    (&["mount", "move_mount"], Action::MountAttach),
    (&["pivot_root"], Action::MountPivot),
    (&["ptrace", "process_vm_writev"], Action::ProcessPtrace),
    (&["connect"], Action::SocketConnect),
    (&["init_module", "finit_module"], Action::ModuleLoad),
    (&["open_by_handle_at"], Action::HandleOpen),
    (&["unlink", "unlinkat"], Action::FileDelete),
    (&["rename", "renameat", "renameat2"], Action::FileRename),
    (&["symlink", "symlinkat"], Action::FileSymlink),
    (&["chmod", "fchmod", "fchmodat"], Action::FileMetadata),
    (&["mknod", "mknodat"], Action::DeviceCreate),
    (&["userfaultfd", "pidfd_getfd", "pidfd_open", "fsopen", "fsconfig", "splice", "iopl", "ioperm"], Action::Other),
];

/// The act that an alert tells of; `None` for other events, and where the alert does not say enough.
pub(crate) fn act(alert: &Event) -> Option<Event> {
    if alert.action != Action::AlertRaised || alert.format != "falco" {
        return None;
    }
    let call = alert.fact("evt.type")?;
    let action = match call {
        "open" | "openat" | "openat2" | "creat" => opened(alert)?,
        "bpf" if alert.fact("evt.arg.cmd").is_some_and(|cmd| cmd.contains("PROG_LOAD")) => Action::BpfLoad,
        _ => CALLS.iter().find(|(names, _)| names.contains(&call))?.1,
    };
    let mut event = alert.clone();
    event.action = action;
    event.facts.insert("syscall", call);
    if event.objects.is_empty() {
        let name = ["evt.arg.path", "evt.arg.name", "evt.arg.target", "proc.exepath"].into_iter();
        let kind = if action == Action::ProcessChroot { ObjectKind::Directory } else { ObjectKind::File };
        let name = name.take(if action == Action::ProcessExec { 4 } else { 3 }).find_map(|field| alert.fact(field));
        let target = name.map(|name| Object { name: Some(Bytes::from(name)), ..Object::new(Role::Target, kind) });
        event.objects.extend(target);
    }
    if let (Action::ProcessExec, true, Some(line)) = (action, event.actor.argv.is_empty(), alert.fact("proc.cmdline")) {
        // Falco joins the arguments by spaces.
        event.actor.argv = line.split(' ').take(ARGUMENTS_MAX).map(Bytes::from).collect();
    }
    if let Some(mode) = alert.fact("evt.arg.mode") {
        event.facts.insert("mode", mode);
    }
    if let Some(request) = alert.fact("evt.arg.request") {
        event.facts.insert("request", request.trim_start_matches("PTRACE_").to_lowercase());
    }
    Some(event)
}

/// Whether the file was opened for writing. Rules name it by `evt.is_open_write`, or show the flags.
fn opened(alert: &Event) -> Option<Action> {
    let flags = alert.fact("evt.arg.flags").or(alert.fact("evt.arg[1]")).unwrap_or_default();
    let flag = |name: &str| flags.split('|').any(|flag| flag == name);
    let writes = alert.fact("evt.is_open_write") == Some("true") || flag("O_WRONLY") || flag("O_RDWR");
    let reads = alert.fact("evt.is_open_read") == Some("true") || flag("O_RDONLY");
    match (writes, reads) {
        (true, _) => Some(Action::FileWrite),
        (false, true) => Some(Action::FileRead),
        (false, false) => None,
    }
}

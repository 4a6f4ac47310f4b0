//! What a kernel message says was done.

use model::{Action, Bytes, Event, Object, ObjectKind, Outcome, Role};

/// Characters of a message that are kept; the kernel's own buffer for one line is about 1,000 bytes.
pub(super) const MESSAGE_CHARS_MAX: usize = 16_384;

/// Reads `message` into `event`; leaves it a log message where nothing more is known.
pub(super) fn interpret(message: &str, event: &mut Event) {
    let found = boot(message, event)
        .or_else(|| module(message, event))
        .or_else(|| out_of_memory(message, event))
        .or_else(|| crash(message, event))
        .or_else(|| mount(message, event))
        .or_else(|| audit(message, event))
        .or_else(|| clock(message, event));
    if found.is_none()
        && let Some(command) = message.strip_prefix("sysrq: ").or_else(|| message.strip_prefix("SysRq : "))
    {
        event.action = Action::Other;
        fact(event, "type", "sysrq");
        fact(event, "sysrq", command);
    }
}

fn fact(event: &mut Event, name: &str, value: &str) {
    if !value.is_empty() {
        event.facts.insert(name, value);
    }
}

/// Where `part` starts first. Its first character is rare in messages, so that searching for it alone is the quickest.
fn find(message: &str, part: &str) -> Option<usize> {
    let (bytes, part) = (message.as_bytes(), part.as_bytes());
    memchr::memchr_iter(*part.first()?, bytes).find(|&at| bytes[at..].starts_with(part))
}

fn done(event: &mut Event, action: Action) {
    event.action = action;
    event.outcome = Outcome::Succeeded;
}

/// The first message of every boot.
fn boot(message: &str, event: &mut Event) -> Option<()> {
    let version = message.strip_prefix("Linux version ")?;
    done(event, Action::SystemBoot);
    fact(event, "kernel", version.split(' ').next()?);
    Some(())
}

/// The kernel speaks of modules that it does not trust, and of no others.
fn module(message: &str, event: &mut Event) -> Option<()> {
    let (name, rest) = message.split_once(": ")?;
    let why = [
        ("loading out-of-tree module", "out of tree"),
        ("module verification failed", "not signed"),
        ("module license ", "licence"),
    ];
    let why = why.iter().find(|(start, _)| rest.starts_with(start))?.1;
    if name.contains(' ') {
        return None;
    }
    done(event, Action::ModuleLoad);
    event.objects.push(Object { name: Some(Bytes::from(name)), ..Object::new(Role::Target, ObjectKind::Module) });
    fact(event, "tainted", why);
    Some(())
}

/// `… Killed process 2815 (tail) total-vm:…`. Task names may hold brackets, so the name ends at the last one before the numbers.
fn out_of_memory(message: &str, event: &mut Event) -> Option<()> {
    if let Some(details) = message.strip_prefix("oom-kill:") {
        for (name, value) in details.split(',').filter_map(|field| field.split_once('=')) {
            if matches!(name, "constraint" | "oom_memcg" | "task_memcg" | "task" | "pid" | "uid") {
                fact(event, name, value);
            }
        }
        return Some(());
    }
    let start = find(message, "Killed process ").filter(|_| message.contains("ut of memory"))?;
    let rest = &message[start + "Killed process ".len()..];
    let (pid, rest) = rest.split_once([' ', ','])?;
    let name = rest.split_once('(')?.1;
    let end = name.find(") total-vm").or_else(|| name.rfind(')'))?;
    done(event, Action::ProcessSignal);
    let pid = pid.parse().ok();
    let name = Some(Bytes::from(&name[..end]));
    event.objects.push(Object { name, pid, ..Object::new(Role::Target, ObjectKind::Process) });
    fact(event, "sig", "9");
    fact(event, "reason", if message.starts_with("Memory cgroup") { "memory cgroup" } else { "out of memory" });
    Some(())
}

/// `comm[pid]: segfault at …`, `traps: comm[pid] general protection fault …`: said only of signals that nobody handles.
fn crash(message: &str, event: &mut Event) -> Option<()> {
    let text = message.strip_prefix("traps: ").unwrap_or(message);
    let faults = [
        ("]: segfault at ", "11"),
        ("] general protection", "11"),
        ("] trap invalid opcode", "4"),
        ("] trap int3", "5"),
        ("] trap divide error", "8"),
    ];
    let (at, signal) = faults.iter().find_map(|(fault, signal)| Some((find(text, fault)?, *signal)))?;
    let (comm, pid) = text[..at].rsplit_once('[')?;
    event.actor.pid = Some(pid.parse().ok()?);
    event.actor.comm = Some(Bytes::from(comm));
    done(event, Action::ProcessCrash);
    fact(event, "sig", signal);
    Some(())
}

/// `EXT4-fs (sda1): mounted filesystem …`, `XFS (sda1): Ending clean mount`: which device, and not where.
fn mount(message: &str, event: &mut Event) -> Option<()> {
    let (kind, rest) = message.split_once(" (")?;
    let kind = match kind {
        "EXT4-fs" | "EXT3-fs" | "EXT2-fs" => "ext4",
        "XFS" => "xfs",
        "BTRFS info" => "btrfs",
        "F2FS-fs" => "f2fs",
        _ => return None,
    };
    let (device, rest) = rest.split_once("): ")?;
    let starts = |texts: &[&str]| texts.iter().any(|text| rest.starts_with(text));
    let action =
        if starts(&["mounted filesystem", "re-mounted", "Ending clean mount", "Ending recovery", "first mount of"]) {
            Action::MountAttach
        } else if starts(&["unmounting filesystem", "Unmounting Filesystem", "last unmount of"]) {
            Action::MountDetach
        } else {
            return None;
        };
    done(event, action);
    let name = device.strip_prefix("device ").unwrap_or(device);
    let name = name.split(' ').next().unwrap_or(name);
    let role = if action == Action::MountAttach { Role::Source } else { Role::Target };
    let path = format!("/dev/{name}");
    event.objects.push(Object { name: Some(Bytes::from(path.as_str())), ..Object::new(role, ObjectKind::BlockDevice) });
    fact(event, "fstype", kind);
    fact(event, "flags", if rest.starts_with("re-mounted") { "remount" } else { "" });
    Some(())
}

/// Losses of the audit system, of which it can only speak here.
fn audit(message: &str, event: &mut Event) -> Option<()> {
    let text = message.strip_prefix("audit: ")?;
    let lost = text.strip_prefix("audit_lost=").map(|rest| rest.split(' ').next().unwrap_or(rest));
    let overrun = ["backlog limit exceeded", "rate limit exceeded", "kauditd hold queue overflow", "error in "];
    if lost.is_none() && !overrun.iter().any(|start| text.starts_with(start)) {
        return None;
    }
    event.action = Action::AuditLost;
    fact(event, "audit_lost", lost.unwrap_or(""));
    Some(())
}

/// The real-time clock's answer at boot: the moment of this line, and so an anchor for all others.
fn clock(message: &str, event: &mut Event) -> Option<()> {
    let (before, stated) = message.rsplit_once('(')?;
    find(before, "setting system clock to ")?;
    let stated = stated.trim_end_matches(')');
    let seconds: i64 = stated.parse().ok()?;
    done(event, Action::ClockStep);
    fact(event, "set_to", &model::Timestamp::from_seconds(seconds, 0).to_string());
    Some(())
}

//! Invariant: the kernel (kthreadd, pid 2) starts a user program that is no known helper.
//!
//! `core_pattern`, `release_agent`, `uevent_helper`, `modprobe` and `binfmt_misc` escapes all end here.

use model::{Action, Bytes, CrossingOutcome, Event, Finding};

use crate::{Check, Need, grouped::Grouped, signs};

const NAME: &str = "kernel_started_helper";

/// Pid of kthreadd, parent of every user-mode helper. Source: kernel/umh.c and init/main.c.
const KTHREADD: u32 = 2;

/// Programs that a stock kernel or distribution lets the kernel start. Source: `call_usermodehelper`
/// callers of the kernel and the packages' sysctl files.
const KNOWN_HELPERS: &[&str] = &[
    "/sbin/modprobe",
    "/usr/sbin/modprobe",
    "/bin/kmod",
    "/usr/bin/kmod",
    "/lib/systemd/systemd-coredump",
    "/usr/lib/systemd/systemd-coredump",
    "/lib/systemd/systemd-cgroups-agent",
    "/usr/lib/systemd/systemd-cgroups-agent",
    "/usr/share/apport/apport",
    "/usr/libexec/abrt-hook-ccpp",
    "/sbin/request-key",
    "/usr/sbin/request-key",
    "/sbin/bridge-stp",
    "/sbin/nfsidmap",
    "/usr/sbin/nfsidmap",
    "/sbin/nfs_cache_getent",
    "/sbin/drbdadm",
    "/sbin/poweroff",
    "/sbin/reboot",
    "/sbin/init",
    "/init",
];

/// Invariant (iii).
#[derive(Default)]
pub(super) struct KernelStartedHelper {
    by_process: Grouped<(Option<String>, u32)>,
}

impl Check for KernelStartedHelper {
    fn name(&self) -> &'static str {
        NAME
    }

    fn needs(&self) -> &'static [Need] {
        &[Need::AnyOf(&[Action::ProcessExec])]
    }

    fn on(&mut self, event: &Event) {
        let (Some(program), Some(pid)) = (unknown_helper(event), event.actor.pid) else { return };
        let key = (event.host.clone(), pid);
        if self.by_process.contains(&key) {
            return;
        }
        let crossing = match event.action {
            Action::ProcessExec => signs::crossing_of(event.outcome),
            _ => CrossingOutcome::Succeeded,
        };
        let make = || {
            let mut finding = signs::finding(NAME, &["T1611"], event, Some(crossing));
            finding.confidence = 95;
            finding.facts.insert("path".to_string(), program.to_text());
            let argv: Vec<String> = event.actor.argv.iter().map(Bytes::to_text).collect();
            if !argv.is_empty() {
                finding.facts.insert("command".to_string(), argv.join(" "));
            }
            finding
        };
        self.by_process.of(key, make).extend(event, crossing, 95);
    }

    fn findings(&self) -> Vec<Finding> {
        self.by_process.findings()
    }
}

/// The program that the kernel itself started, unless it is a known helper.
pub(super) fn unknown_helper(event: &Event) -> Option<&Bytes> {
    if event.actor.ppid != Some(KTHREADD) {
        return None;
    }
    // Kernel threads have no executable.
    let program = program(event)?;
    let known = KNOWN_HELPERS.iter().any(|helper| helper.as_bytes() == program.as_bytes());
    (!known).then_some(program)
}

fn program(event: &Event) -> Option<&Bytes> {
    let target = event.object(model::Role::Target).and_then(|object| object.name.as_ref());
    let exe = event.actor.exe.as_ref().filter(|exe| exe.as_bytes().starts_with(b"/"));
    if event.action == Action::ProcessExec { target.or(exe) } else { exe }
}

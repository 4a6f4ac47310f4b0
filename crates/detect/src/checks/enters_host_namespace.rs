//! Invariant: a process of container lineage comes to see the host: `setns`, `chroot` into the
//! host's tree, or a way through `/proc/PID/root`.

use model::{Action, CrossingOutcome, Domain, Event, Finding, Role, View};

use crate::{Check, Need, grouped::Grouped, signs};

const NAME: &str = "enters_host_namespace";

/// Namespace types of `setns`, by flag. Source: include/uapi/linux/sched.h.
const TYPES: &[(u64, &str)] = &[
    (0x0002_0000, "mnt"),
    (0x2000_0000, "pid"),
    (0x4000_0000, "net"),
    (0x0400_0000, "uts"),
    (0x0800_0000, "ipc"),
    (0x1000_0000, "user"),
    (0x0200_0000, "cgroup"),
    (0x0000_0080, "time"),
];

/// Invariant (i).
#[derive(Default)]
pub(super) struct EntersHostNamespace {
    by_container: Grouped<String>,
}

impl Check for EntersHostNamespace {
    fn name(&self) -> &'static str {
        NAME
    }

    fn needs(&self) -> &'static [Need] {
        &[Need::AnyOf(&[Action::NamespaceEnter, Action::ProcessChroot, Action::MountAttach]), Need::Containers]
    }

    fn on(&mut self, event: &Event) {
        let Some(container) = event.container.as_ref().map(|container| container.id.clone()) else { return };
        let Some(crossing) = sign(event) else {
            // Acts with the host's own view complete an entry that was begun by a setns.
            if event.view == Some(View::Host)
                && let Some(mut group) = self.by_container.get_mut(&container)
                && group.finding.crossing != Some(CrossingOutcome::Succeeded)
            {
                group.extend(event, CrossingOutcome::Succeeded, signs::confidence(event, None));
                group.finding.missing.retain(|missing| missing != "target_namespace");
            }
            return;
        };
        let mut group = self.by_container.of(container, || {
            let mut finding = signs::finding(NAME, &["T1611"], event, Some(crossing));
            if crossing == CrossingOutcome::Unknown {
                finding.missing.push("target_namespace".to_string());
            }
            finding
        });
        note_types(group.finding, event);
        if crossing == CrossingOutcome::Succeeded && signs::acts_on_host(event) {
            group.finding.missing.retain(|missing| missing != "target_namespace");
        }
        group.extend(event, crossing, signs::confidence(event, None));
    }

    fn findings(&self) -> Vec<Finding> {
        self.by_container.findings()
    }
}

fn sign(event: &Event) -> Option<CrossingOutcome> {
    match event.action {
        // Whether the namespace entered is the host's shows in what the process sees next.
        Action::NamespaceEnter => Some(signs::crossing_of(event.outcome).min(CrossingOutcome::Unknown)),
        Action::ProcessChroot => {
            let target = event.object(Role::Target)?;
            (target.domain == Some(Domain::Host) || on_foreign_device(event)).then(|| signs::crossing_of(event.outcome))
        }
        // A program was started that sees the host, however it came there.
        Action::ProcessExec if signs::acts_on_host(event) => Some(signs::crossing_of(event.outcome)),
        _ => {
            let through = event.objects.iter().any(|object| {
                object.domain == Some(Domain::Host) && object.name.as_ref().is_some_and(signs::is_through_process)
            });
            through.then(|| signs::crossing_of(event.outcome))
        }
    }
}

fn on_foreign_device(event: &Event) -> bool {
    event.object(Role::Target).is_some_and(|target| {
        target.domain != Some(Domain::Container) && target.device.is_some_and(|device| device.major != 0)
    })
}

fn note_types(finding: &mut Finding, event: &Event) {
    let flags = event.fact("a1").and_then(|text| u64::from_str_radix(text.trim_start_matches("0x"), 16).ok());
    let Some(flags) = flags.filter(|_| event.action == Action::NamespaceEnter) else { return };
    let known = finding.facts.entry("namespaces".to_string()).or_default();
    for (flag, name) in TYPES {
        if flags & flag != 0 && !known.split(' ').any(|known| known == *name) {
            if !known.is_empty() {
                known.push(' ');
            }
            known.push_str(name);
        }
    }
}

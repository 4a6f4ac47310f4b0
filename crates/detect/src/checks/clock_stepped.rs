//! A host's clock was set, or jumped: times around it are not of one clock.

use model::{Action, Event, Finding, Outcome};

use crate::{Check, Need, grouped::Grouped, signs};

const NAME: &str = "clock_stepped";

/// Smaller steps are what time services do; they change the order of nothing that people compare. Chosen by eye.
const STEP_NANOS_MIN: u64 = 1_000_000_000;

/// Who moved which clock: host, container, program.
type Who = (Option<String>, Option<String>, Option<String>);

/// Every step of a second or more, and every smaller one by a container's process. No crossing by itself: hosts'
/// clocks are set by time services, at boot, and by hypervisors.
#[derive(Default)]
pub(super) struct ClockStepped {
    by_who: Grouped<Who>,
    /// Whether a recorder speaks that would have shown it.
    would_show: bool,
}

impl Check for ClockStepped {
    fn name(&self) -> &'static str {
        NAME
    }

    fn needs(&self) -> &'static [Need] {
        &[]
    }

    fn unanswered(&self) -> Option<String> {
        const MISSING: &str = "no audit records of system calls and no journal, which would show a clock being set";
        (!self.would_show).then(|| MISSING.to_string())
    }

    fn on(&mut self, event: &Event) {
        // The kernel reports steps while any rule for system calls is loaded; the journal reports them itself.
        self.would_show |= match event.format.as_str() {
            "auditd" | "laurel" => event.fact("syscall").is_some(),
            format => format.starts_with("journal"),
        };
        if event.action != Action::ClockStep || matches!(event.outcome, Outcome::Failed { .. }) {
            return;
        }
        let step: Option<i64> = event.fact("step_ns").and_then(|step| step.parse().ok());
        let is_step = match step {
            Some(step) => step.unsigned_abs() >= STEP_NANOS_MIN,
            None => event.fact("adjustment").is_none(),
        };
        if !is_step && event.container.is_none() {
            return;
        }
        let container = event.container.as_ref().map(|container| container.id.clone());
        let program = event.actor.comm.as_ref().map(model::Bytes::to_text);
        let who = (event.host.clone(), container, program);
        self.by_who.of(who, || finding(event, step)).cite(event, signs::confidence(event, None));
    }

    fn findings(&self) -> Vec<Finding> {
        self.by_who.findings()
    }
}

/// A container that sets the host's clock hides when its acts happened; a time service does its work.
fn finding(event: &Event, step: Option<i64>) -> Finding {
    let attack: &[&str] = if event.container.is_some() { &["T1070"] } else { &[] };
    let mut finding = signs::finding(NAME, attack, event, None);
    if let Some(step) = step {
        let sign = if step < 0 { '-' } else { '+' };
        let step = step.unsigned_abs();
        let text = format!("{sign}{}.{:03}", step / 1_000_000_000, step / 1_000_000 % 1_000);
        finding.facts.insert("step".to_string(), text);
    }
    finding
}

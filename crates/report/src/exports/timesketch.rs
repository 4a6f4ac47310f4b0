//! JSON lines for Timesketch: `message`, `datetime`, `timestamp` (microseconds) and `timestamp_desc`, and what
//! one searches by. Save as `.jsonl`: Timesketch goes by the name. Source: Timesketch, "Import from JSON or CSV".

use model::{Event, Outcome, Role, TimeBasis};

use super::{
    Export,
    pieces::{self, Tree},
};

pub(super) struct Timesketch;

impl Export for Timesketch {
    fn name(&self) -> &'static str {
        "timesketch"
    }

    fn line(&self, event: &Event) -> String {
        let mut line = Tree::default();
        line.set("message", Some(model::display_safe(&pieces::sentence(event))));
        // Microseconds in both, or the two would be different times.
        let datetime = event.time.to_string();
        line.set("datetime", Some(format!("{}+00:00", &datetime[..datetime.len() - 4])));
        line.set("timestamp", Some(event.time.0.div_euclid(1_000)));
        line.set("timestamp_desc", Some(meaning(event.time_basis)));
        line.set("time_recorded", event.time_recorded.map(|time| time.to_string()));
        line.set("time_error_ns", event.time_error_ns);
        line.set("data_type", Some(format!("yobitsugi:{}", event.format)));
        line.set("hostname", event.host.clone());
        line.set("container", event.container.as_ref().map(|container| container.id.clone()));
        line.set("action", Some(event.action.name()));
        line.set("outcome", Some(outcome(event.outcome)));
        actor(event, &mut line);
        let target = event.object(Role::Target);
        line.bytes("object", target.and_then(|object| object.name.as_ref()));
        line.bytes("object_host_path", target.and_then(|object| object.resolved.as_ref()).map(|it| &it.path));
        line.bytes("object_from", event.object(Role::Source).and_then(|object| object.name.as_ref()));
        line.set("rule", event.fact("rule").or(event.fact("key")));
        let techniques = pieces::techniques(event);
        line.set("tag", (!techniques.is_empty()).then_some(techniques));
        line.set("event_id", Some(event.id.to_string()));
        let address = event.addresses.first();
        line.set("evidence_source", address.map(|address| address.source.to_string()));
        line.set("evidence_offset", address.map(|address| address.offset));
        line.set("evidence_length", address.map(|address| address.length));
        line.line()
    }
}

fn actor(event: &Event, line: &mut Tree) {
    let actor = &event.actor;
    line.set("pid", actor.pid);
    line.set("ppid", actor.ppid);
    line.set("uid", actor.uid);
    line.set("auid", actor.auid);
    line.set("username", actor.user.clone());
    line.bytes("comm", actor.comm.as_ref());
    line.bytes("exe", actor.exe.as_ref());
    line.set("command_line", pieces::command_line(event));
    line.bytes("cwd", actor.cwd.as_ref());
    line.set("client_addresses", (!actor.addresses.is_empty()).then(|| actor.addresses.clone()));
    line.set("user_agent", actor.user_agent.clone());
}

fn meaning(basis: TimeBasis) -> &'static str {
    match basis {
        TimeBasis::Utc => "Event Logged",
        TimeBasis::Local => "Event Logged (time zone not known)",
        TimeBasis::Boot => "Event Logged (counted from boot)",
        TimeBasis::Unknown => "Latest Possible Time",
    }
}

fn outcome(outcome: Outcome) -> String {
    match outcome {
        Outcome::Succeeded => "succeeded".to_string(),
        Outcome::Failed { code: Some(code) } => format!("failed ({code})"),
        Outcome::Failed { code: None } => "failed".to_string(),
        Outcome::Unknown => "unknown".to_string(),
    }
}

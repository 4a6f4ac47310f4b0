//! What a decoder found, as text for a page: one event per paragraph, with only what it fills.

use std::fmt::Write as _;

use model::{Actor, Address, Event, Object, Outcome};
use parse::Batch;

/// Renders a batch; addresses are shown as line numbers of `log` where they span whole lines.
pub fn batch(batch: &Batch, log: &[u8]) -> String {
    let mut out = String::new();
    for draft in &batch.drafts {
        event(&mut out, draft, log);
    }
    for record in &batch.state {
        state(&mut out, record, log);
    }
    for problem in &batch.problems {
        let _ = writeln!(out, "problem {:?} at {}: {}", problem.kind, place(&problem.address, log), problem.text);
    }
    for gap in &batch.serial_gaps {
        let host = gap.host.as_deref().map(|host| format!(" on {host}")).unwrap_or_default();
        let _ = writeln!(
            out,
            "gap{host}: {} missing after {} before {} ({} to {}) at {}",
            gap.missing,
            gap.after,
            gap.before,
            gap.from.to_millis_text(),
            gap.to.to_millis_text(),
            place(&gap.address, log)
        );
    }
    for drop in &batch.drops {
        let count = drop.count.map_or("unknown".to_string(), |count| count.to_string());
        let _ = writeln!(out, "drop: {count} at {} ({})", drop.time.to_millis_text(), place(&drop.address, log));
    }
    for window in &batch.blind_windows {
        let time = |time: Option<model::Timestamp>| time.map_or("…".to_string(), model::Timestamp::to_millis_text);
        let _ = writeln!(
            out,
            "blind {:?}: {} to {} {:?} at {}",
            window.kind,
            time(window.from),
            time(window.to),
            window.facts,
            window.addresses.iter().map(|address| place(address, log)).collect::<Vec<_>>().join(" ")
        );
    }
    for (field, count) in &batch.unmapped.fields {
        let _ = writeln!(out, "unmapped {}: {count}", model::display_safe(field));
    }
    let _ = write!(
        out,
        "{} records, {} bytes; {} bytes of problems",
        batch.records, batch.record_bytes, batch.problem_bytes
    );
    out
}

/// What a state file says; facts of a container one per line, as they stand in `containers.json`.
fn state(out: &mut String, record: &model::StateRecord, log: &[u8]) {
    let place = place(&record.address, log);
    match &record.content {
        model::StateContent::Container { facts, layer, data_root } => {
            let _ = writeln!(out, "container at {place}");
            let facts = serde_json::to_value(facts).expect("facts are JSON");
            for (name, value) in facts.as_object().into_iter().flatten() {
                let empty = value.as_array().is_some_and(Vec::is_empty) || value.as_str() == Some("");
                match value {
                    _ if empty => {}
                    serde_json::Value::Array(items) if items.iter().any(serde_json::Value::is_object) => {
                        items.iter().for_each(|item| {
                            let _ = writeln!(out, "  {name}: {item}");
                        });
                    }
                    value => {
                        let _ = writeln!(out, "  {name}: {value}");
                    }
                }
            }
            if let Some(layer) = layer {
                let _ = writeln!(out, "  (layer {layer:?})");
            }
            if let Some(data_root) = data_root {
                let _ = writeln!(out, "  (data directory {data_root})");
            }
        }
        other => {
            let _ = writeln!(out, "state at {place}: {other:?}");
        }
    }
}

fn event(out: &mut String, event: &Event, log: &[u8]) {
    let serial = event.serial.map(|serial| format!(" #{serial}")).unwrap_or_default();
    let host = event.host.as_deref().map(|host| format!(" on {host}")).unwrap_or_default();
    let part = if event.id.part == 0 { String::new() } else { format!(" part {}", event.id.part) };
    let outcome = match event.outcome {
        Outcome::Succeeded => "succeeded".to_string(),
        Outcome::Failed { code: Some(code) } => format!("failed ({code})"),
        Outcome::Failed { code: None } => "failed".to_string(),
        Outcome::Unknown => "unknown".to_string(),
    };
    let basis = if event.time_basis.is_utc() { String::new() } else { format!(" ({:?} time)", event.time_basis) };
    let time = event.time.to_millis_text();
    let _ = writeln!(out, "{time}{basis}{serial}{host}{part} {} {outcome}", event.action.name());
    let lines: Vec<String> = event.addresses.iter().map(|address| place(address, log)).collect();
    let _ = writeln!(out, "  from {}", lines.join(" "));
    if let Some(occurrence) = &event.occurrence {
        let _ = writeln!(out, "  occurrence {}", model::display_safe(occurrence));
    }
    let actor = actor(&event.actor);
    if !actor.is_empty() {
        let _ = writeln!(out, "  actor{actor}");
    }
    for item in &event.objects {
        let _ = writeln!(out, "  {}", object(item));
    }
    if !event.facts.is_empty() {
        let facts: Vec<String> =
            event.facts.sorted().iter().map(|(name, value)| format!("{name}={}", model::display_safe(value))).collect();
        let _ = writeln!(out, "  facts {}", facts.join(" · "));
    }
}

/// `1` for the whole first line, `3-5` for lines, `OFFSET+LENGTH` for anything else.
fn place(address: &Address, log: &[u8]) -> String {
    let offset = usize::try_from(address.offset).expect("fits");
    let end = offset + usize::try_from(address.length).expect("fits");
    assert!(end <= log.len(), "an address lies inside its source");
    let line_of = |at: usize| 1 + log[..at].iter().filter(|&&byte| byte == b'\n').count();
    let starts = offset == 0 || log[offset - 1] == b'\n';
    let ends = end == log.len() || log[end] == b'\n' || log[end - 1] == b'\n' || log[end..].starts_with(b"\r\n");
    match (starts && ends, line_of(offset), line_of(end.saturating_sub(1).max(offset))) {
        (false, ..) => format!("{offset}+{}", address.length),
        (true, first, last) if first == last => format!("line {first}"),
        (true, first, last) => format!("lines {first}-{last}"),
    }
}

fn actor(actor: &Actor) -> String {
    let mut out = String::new();
    let mut number = |name: &str, value: Option<u32>| {
        if let Some(value) = value {
            let _ = write!(out, " {name}={value}");
        }
    };
    number("pid", actor.pid);
    number("ppid", actor.ppid);
    number("uid", actor.uid);
    number("euid", actor.euid);
    number("auid", actor.auid);
    number("session", actor.session);
    for (name, value) in [("comm", &actor.comm), ("exe", &actor.exe), ("cwd", &actor.cwd)] {
        if let Some(value) = value {
            let _ = write!(out, " {name}={value}");
        }
    }
    if !actor.argv.is_empty() {
        let _ = write!(out, " argv={:?}", actor.argv.iter().map(ToString::to_string).collect::<Vec<_>>());
    }
    if let Some(user) = &actor.user {
        let _ = write!(out, " user={}", model::display_safe(user));
    }
    if !actor.addresses.is_empty() {
        let _ = write!(out, " addresses={}", actor.addresses.join(","));
    }
    if let Some(agent) = &actor.user_agent {
        let _ = write!(out, " agent={}", model::display_safe(agent));
    }
    out
}

fn object(object: &Object) -> String {
    let mut out = format!("{:?} {:?}", object.role, object.kind);
    match &object.name {
        Some(name) => {
            let _ = write!(out, " {name}");
        }
        None => out.push_str(" (no name)"),
    }
    if let Some(inode) = object.inode {
        let _ = write!(out, " inode={inode}");
    }
    for (name, device) in [("dev", object.device), ("rdev", object.rdev)] {
        if let Some(device) = device {
            let _ = write!(out, " {name}={device}");
        }
    }
    if let Some(mode) = object.mode {
        let _ = write!(out, " mode={mode:o}");
    }
    if let Some(uid) = object.uid {
        let _ = write!(out, " uid={uid}");
    }
    if let Some(pid) = object.pid {
        let _ = write!(out, " pid={pid}");
    }
    if object.created {
        out.push_str(" created");
    }
    out
}

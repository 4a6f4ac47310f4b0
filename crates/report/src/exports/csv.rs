//! CSV for spreadsheets: the columns that one asks for most.

use model::{Bytes, Event, Outcome, Role};

use super::{Export, pieces};
use crate::{csv_line, csv_text};

pub(super) struct Csv;

const COLUMNS: &[&str] = &[
    "time",
    "host",
    "container",
    "action",
    "outcome",
    "error",
    "pid",
    "ppid",
    "uid",
    "user",
    "comm",
    "exe",
    "argv",
    "cwd",
    "client_addresses",
    "object",
    "object_host_path",
    "object_from",
    "rule",
    "act",
    "id",
    "source",
    "offset",
    "length",
];

impl Export for Csv {
    fn name(&self) -> &'static str {
        "csv"
    }

    fn head(&self) -> Option<String> {
        Some(COLUMNS.join(","))
    }

    fn line(&self, event: &Event) -> String {
        let (actor, target) = (&event.actor, event.object(Role::Target));
        let text = |value: Option<String>| csv_text(&value.unwrap_or_default());
        let bytes = |value: Option<&Bytes>| text(value.map(Bytes::to_text));
        // Numbers are no formulas, whatever their sign.
        let number = |value: Option<i64>| value.map(|number| number.to_string()).unwrap_or_default();
        let whole = |value: Option<u64>| value.map(|number| number.to_string()).unwrap_or_default();
        let (outcome, error) = match event.outcome {
            Outcome::Succeeded => ("succeeded", None),
            Outcome::Failed { code } => ("failed", code),
            Outcome::Unknown => ("unknown", None),
        };
        let address = event.addresses.first();
        csv_line([
            event.time.to_string(),
            text(event.host.clone()),
            text(event.container.as_ref().map(|container| container.id.clone())),
            event.action.name().to_string(),
            outcome.to_string(),
            number(error),
            whole(actor.pid.map(u64::from)),
            whole(actor.ppid.map(u64::from)),
            whole(actor.uid.map(u64::from)),
            text(actor.user.clone()),
            bytes(actor.comm.as_ref()),
            bytes(actor.exe.as_ref()),
            text(pieces::command_line(event)),
            bytes(actor.cwd.as_ref()),
            text((!actor.addresses.is_empty()).then(|| actor.addresses.join(" "))),
            bytes(target.and_then(|object| object.name.as_ref())),
            bytes(target.and_then(|object| object.resolved.as_ref()).map(|resolved| &resolved.path)),
            bytes(event.object(Role::Source).and_then(|object| object.name.as_ref())),
            text(event.fact("rule").or(event.fact("key")).map(ToString::to_string)),
            text(Some(pieces::sentence(event))),
            event.id.to_string(),
            address.map(|address| address.source.to_string()).unwrap_or_default(),
            whole(address.map(|address| address.offset)),
            whole(address.map(|address| address.length)),
        ])
    }
}

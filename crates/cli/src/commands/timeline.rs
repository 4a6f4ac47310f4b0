//! `timeline`: events in order, filtered, for people and other programs.

use clap::ArgMatches;
use model::{ArtefactKind, Event, Timestamp};

use super::{Misuse, flag, looked, open_case, text};
use crate::{exit::Exit, screen::Screen};

struct Filter {
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    host: Option<String>,
    container: Option<String>,
    actor: Option<String>,
    path: Option<String>,
    action: Option<String>,
    hostile: Option<std::collections::BTreeSet<model::ProcessKey>>,
}

pub(super) fn run(arguments: &ArgMatches, screen: &mut Screen) -> anyhow::Result<Exit> {
    let mut case = open_case(arguments, screen)?;
    let time = |name: &str| -> anyhow::Result<Option<Timestamp>> {
        let Some(value) = text(arguments, name) else { return Ok(None) };
        Ok(Some(Timestamp::parse(&value).map_err(|wrong| Misuse(format!("--{name}: {wrong}")))?))
    };
    let hostile = if flag(arguments, "hostile") {
        let incidents: Vec<model::Incident> = case.read(ArtefactKind::Incidents)?;
        let subjects = incidents.into_iter().flat_map(|incident| incident.subjects);
        Some(subjects.map(|subject| subject.process).collect())
    } else {
        None
    };
    let filter = Filter {
        from: time("from")?,
        to: time("to")?,
        host: text(arguments, "host"),
        container: text(arguments, "container"),
        actor: text(arguments, "actor"),
        path: text(arguments, "path"),
        action: text(arguments, "action"),
        hostile,
    };
    let kind = text(arguments, "type").unwrap_or_else(|| if screen.json { "jsonl" } else { "text" }.to_string());
    let Some(export) = flow::export(&kind) else { return Err(Misuse(format!("-t {kind}: no such type")).into()) };
    looked(&mut case, "timeline", screen);
    if let Some(head) = export.head() {
        screen.data(&head)?;
    }
    for event in flow::events(&case)? {
        let event = event?;
        if filter.admits(&event) {
            screen.data(&export.line(&event))?;
        }
    }
    Ok(Exit::Done)
}

impl Filter {
    fn admits(&self, event: &Event) -> bool {
        let inside = |limit: Option<Timestamp>, holds: &dyn Fn(Timestamp) -> bool| limit.is_none_or(holds);
        let container = self.container.as_ref().is_none_or(|name| {
            event.container.as_ref().is_some_and(|container| container.id.starts_with(name.as_str()))
        });
        let path = self.path.as_ref().is_none_or(|part| {
            event.objects.iter().any(|object| {
                let names = object.name.iter().chain(object.resolved.as_ref().map(|resolved| &resolved.path));
                names.into_iter().any(|name| name.to_text().contains(part.as_str()))
            })
        });
        inside(self.from, &|from| event.time >= from)
            && inside(self.to, &|to| event.time < to)
            && self.action.as_ref().is_none_or(|action| event.action.name().starts_with(action.as_str()))
            && self.hostile.as_ref().is_none_or(|all| event.process.as_ref().is_some_and(|one| all.contains(one)))
            && self.host.as_ref().is_none_or(|host| event.host.as_ref() == Some(host))
            && self.actor.as_ref().is_none_or(|who| is_by(event, who))
            && container
            && path
    }
}

/// Whether `who` is the actor's task name, program (path or last component), user, or pid.
fn is_by(event: &Event, who: &str) -> bool {
    let actor = &event.actor;
    let exe = actor.exe.as_ref();
    actor.comm.as_ref().is_some_and(|comm| comm.to_text() == who)
        || exe.is_some_and(|exe| exe.to_text() == who || exe.file_name() == who.as_bytes())
        || actor.user.as_deref() == Some(who)
        || actor.pid.is_some_and(|pid| pid.to_string() == who)
}

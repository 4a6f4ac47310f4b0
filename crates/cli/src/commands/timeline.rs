//! `timeline`: events in order, filtered.

use clap::ArgMatches;
use model::{ArtefactKind, Event, Timestamp};

use super::{Misuse, flag, looked, open_case, text};
use crate::{exit::Exit, screen::Screen};

struct Filter {
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    container: Option<String>,
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
        container: text(arguments, "container"),
        path: text(arguments, "path"),
        action: text(arguments, "action"),
        hostile,
    };
    looked(&mut case, "timeline", screen);
    for event in flow::events(&case)? {
        let event = event?;
        if !filter.admits(&event) {
            continue;
        }
        if screen.json {
            screen.data(&serde_json::to_string(&event)?)?;
        } else {
            screen.data(&line(&event))?;
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
            && container
            && path
    }
}

/// One event as one line: time, host, container, process, action, outcome, objects, identity.
fn line(event: &Event) -> String {
    let host = model::display_safe(event.host.as_deref().unwrap_or("-"));
    let container = event.container.as_ref().map_or("-".to_string(), |container| model::display_safe(&container.id));
    let process = match (&event.actor.comm, event.actor.pid) {
        (Some(comm), Some(pid)) => format!("{comm}[{pid}]"),
        (None, Some(pid)) => format!("[{pid}]"),
        _ => model::display_safe(event.actor.user.as_deref().unwrap_or("-")),
    };
    let failed = match event.outcome {
        model::Outcome::Failed { code: Some(code) } => format!(" !{code}"),
        model::Outcome::Failed { code: None } => " !".to_string(),
        _ => String::new(),
    };
    let objects: Vec<String> = event
        .objects
        .iter()
        .filter(|object| !matches!(object.role, model::Role::TargetParent | model::Role::SourceParent))
        .filter_map(|object| {
            let path = object.resolved.as_ref().map(|resolved| &resolved.path).or(object.name.as_ref())?;
            Some(path.to_string())
        })
        .collect();
    let time = event.time.to_millis_text();
    format!(
        "{time}  {host}  {container}  {process}  {}{failed}  {}  ⟨{}⟩",
        event.action.name(),
        objects.join(" → "),
        event.id
    )
}

//! Fields of Kubernetes audit events.

use std::borrow::Cow;

use model::{Action, Event, Outcome};
use serde_json::Value;

use super::{container::split_tag, is_of_cluster};
use crate::seen::{Extent, Seen};

/// Which field of the request.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Cluster {
    Verb,
    Resource,
    Subresource,
    /// A field that every record has, where it is not empty: by the fact's name.
    Meta(&'static str),
    /// A list in JSON that every record has.
    MetaList(&'static str),
    User,
    UserAgent,
    SourceIps,
    Code,
    Stage,
    /// What the body of the request says, which the policy may hide: by the fact's name.
    Body(&'static str),
    BodyList(&'static str),
    /// The role that a binding gives, without its kind.
    Role,
    /// What the rules of a role list under this name, all of them together.
    RoleRules(&'static str),
    /// Images without their tags.
    Repositories,
    /// A parameter of the request's address.
    UriParameter(String),
}

pub(super) fn read<'e>(field: &Cluster, event: &'e Event) -> Seen<'e> {
    if !is_of_cluster(event) {
        return Seen::ABSENT;
    }
    match field {
        Cluster::Verb => meta(event, "verb"),
        Cluster::Resource => meta(event, "resource"),
        Cluster::Subresource => meta(event, "subresource"),
        Cluster::Meta(name) => meta(event, name),
        Cluster::MetaList(name) => match event.fact(name) {
            Some(text) => list(text),
            None => meta(event, name),
        },
        Cluster::User => event.actor.user.as_deref().map_or(Seen::UNKNOWN, Seen::text),
        Cluster::UserAgent => event.actor.user_agent.as_deref().map_or(Seen::UNKNOWN, Seen::text),
        Cluster::SourceIps => {
            let addresses: Vec<Cow<'e, [u8]>> =
                event.actor.addresses.iter().map(|address| address.as_bytes().into()).collect();
            let extent = if addresses.is_empty() { Extent::AtLeast } else { Extent::All };
            Seen::many(addresses, extent)
        }
        Cluster::Code => match event.outcome {
            Outcome::Failed { code: Some(code) } => Seen::number(code),
            // The exact code of a success is not kept; only what is connected through switches protocols.
            Outcome::Succeeded if event.action == Action::ApiConnect => Seen::one_of(&["101", "200"]),
            Outcome::Succeeded => Seen::one_of(&["200", "201", "202", "204"]),
            _ => Seen::UNKNOWN,
        },
        Cluster::Stage => stages(event),
        Cluster::Body(name) => event.fact(name).map_or_else(|| hidden(event), Seen::text),
        Cluster::BodyList(name) => event.fact(name).map_or_else(|| hidden(event), list),
        Cluster::Role => match event.fact("roleRef") {
            // `ClusterRole/cluster-admin`.
            Some(role) => Seen::text(role.split_once('/').map_or(role, |split| split.1)),
            None => hidden(event),
        },
        Cluster::RoleRules(name) => match event.fact("rules").map(serde_json::from_str::<Value>) {
            Some(Ok(Value::Array(rules))) => {
                let listed = rules.iter().filter_map(|rule| rule.get(name)?.as_array()).flatten();
                let texts = listed.filter_map(Value::as_str).map(|text| Cow::Owned(text.as_bytes().to_vec()));
                Seen::many(texts.collect(), Extent::All)
            }
            // Cut off where it was too long.
            Some(_) => Seen::UNKNOWN,
            None => hidden(event),
        },
        Cluster::Repositories => match event.fact("images") {
            Some(text) => {
                list(text).map(|image| Some(split_tag(std::str::from_utf8(image).ok()?).0.as_bytes().to_vec()))
            }
            None => hidden(event),
        },
        Cluster::UriParameter(name) => parameter(event, name),
    }
}

/// A field that audit records have at every level.
fn meta<'e>(event: &'e Event, name: &str) -> Seen<'e> {
    match event.fact(name) {
        Some(text) => Seen::text(text),
        // A record that states its level is a whole one.
        None if event.facts.contains_key("level") => Seen::ABSENT,
        None => Seen::UNKNOWN,
    }
}

/// The stages that a request came to: its records are one event here, which names the last of them.
fn stages(event: &Event) -> Seen<'_> {
    let Some(last) = event.fact("stage") else { return meta(event, "stage") };
    let mut stages = vec![last];
    let is_long = event.action == Action::ApiConnect || event.fact("verb") == Some("watch");
    if is_long && last == "ResponseComplete" {
        stages.push("ResponseStarted");
    }
    if event.addresses.len() > 1 && last != "RequestReceived" {
        stages.push("RequestReceived");
    }
    Seen::many(stages.into_iter().map(|stage| stage.as_bytes().into()).collect(), Extent::All)
}

/// What is missing in a body: not there, when the request has none; else the policy or a patch may hide it.
fn hidden<'e>(event: &Event) -> Seen<'e> {
    match event.fact("verb") {
        Some("create" | "update" | "patch") | None => Seen::UNKNOWN,
        Some(_) => Seen::ABSENT,
    }
}

/// A list in JSON; its texts, or its other values as JSON.
fn list<'e>(text: &str) -> Seen<'e> {
    let Ok(Value::Array(items)) = serde_json::from_str::<Value>(text) else { return Seen::UNKNOWN };
    let text = |item: Value| match item {
        Value::String(text) => Cow::Owned(text.into_bytes()),
        other => Cow::Owned(other.to_string().into_bytes()),
    };
    Seen::many(items.into_iter().map(text).collect(), Extent::All)
}

fn parameter<'e>(event: &'e Event, name: &str) -> Seen<'e> {
    let Some(uri) = event.fact("requestURI") else { return Seen::UNKNOWN };
    if name == "command"
        && let Some(command) = event.fact("command")
    {
        return list(command);
    }
    let query = uri.split_once('?').map_or("", |split| split.1);
    let values: Vec<Cow<'e, [u8]>> = query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .filter(|pair| pair.0 == name)
        .map(|pair| pair.1.as_bytes().into())
        .collect();
    Seen::many(values, Extent::All)
}

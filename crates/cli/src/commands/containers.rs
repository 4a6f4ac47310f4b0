//! `containers`: which containers the state of their runtimes describes, and what they were allowed.

use clap::ArgMatches;
use model::{ArtefactKind, KnownContainer};

use super::{looked, open_case};
use crate::{exit::Exit, screen::Screen, table::Table};

pub(super) fn run(arguments: &ArgMatches, screen: &mut Screen) -> anyhow::Result<Exit> {
    let mut case = open_case(arguments, screen)?;
    let containers: Vec<KnownContainer> = case.read(ArtefactKind::Containers)?;
    looked(&mut case, "containers", screen);
    if screen.json {
        screen.json_value(&containers)?;
        return Ok(Exit::Done);
    }
    if containers.is_empty() {
        let text = screen.texts.get("cli-containers-none", &[]);
        screen.data(&text)?;
        return Ok(Exit::Done);
    }
    let keys = ["container", "name", "image", "privileges", "mounts", "started"];
    let headings = keys.iter().map(|key| screen.texts.get(&format!("cli-column-{key}"), &[]));
    let mut table = Table::new(headings.collect());
    for container in &containers {
        let started = container.started.map_or_else(|| "–".to_string(), model::Timestamp::to_millis_text);
        table.row(vec![
            short(&container.id),
            name(container),
            model::display_safe(container.image.as_deref().unwrap_or("–")),
            privileges(container, screen),
            mounts(container),
            started,
        ]);
    }
    for line in table.lines() {
        screen.data(&line)?;
    }
    Ok(Exit::Done)
}

/// As `docker ps` shows an id; a name that is the id stays whole.
fn short(id: &str) -> String {
    let hexadecimal = id.len() == 64 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    model::display_safe(if hexadecimal { &id[..12] } else { id })
}

/// The name; of a pod's container namespace, pod and name.
fn name(container: &KnownContainer) -> String {
    let of_pod = container.pod.as_ref().map(|pod| {
        let role = if pod.sandbox { Some("(sandbox)") } else { pod.container.as_deref() };
        let parts = [pod.namespace.as_deref(), pod.name.as_deref(), role];
        parts.into_iter().flatten().collect::<Vec<_>>().join("/")
    });
    model::display_safe(&of_pod.or_else(|| container.name.clone()).unwrap_or_else(|| "–".to_string()))
}

/// What goes beyond an ordinary container; user and control group namespaces are the host's as a rule.
fn privileges(container: &KnownContainer, screen: &Screen) -> String {
    let mut words = Vec::new();
    if container.privileged == Some(true) {
        words.push(screen.texts.get("cli-containers-privileged", &[]));
    }
    let usual = [model::NamespaceKind::User, model::NamespaceKind::Cgroup];
    let shared = container.host_namespaces.iter().filter(|kind| !usual.contains(kind));
    words.extend(shared.map(|kind| format!("host:{}", kind.name())));
    words.extend(container.capabilities_added.iter().map(|name| format!("+{}", name.trim_start_matches("CAP_"))));
    if container.privileged.is_none() && words.is_empty() {
        words.push(screen.texts.get("unknown", &[]));
    }
    let text = if words.is_empty() { "–".to_string() } else { words.join(" ") };
    model::display_safe(&text)
}

/// Mounts of host directories, without the files that engines give to every container.
fn mounts(container: &KnownContainer) -> String {
    let given =
        ["/etc/hosts", "/etc/hostname", "/etc/resolv.conf", "/dev/shm", "/dev/termination-log", "/run/.containerenv"];
    let shown = container.mounts.iter().filter_map(|mount| {
        let source = mount.source.as_ref()?;
        let destination = mount.destination.to_text();
        let read_only = if mount.writable == Some(false) { ":ro" } else { "" };
        (!given.contains(&destination.as_str())).then(|| format!("{source}→{destination}{read_only}"))
    });
    let shown: Vec<String> = shown.collect();
    if shown.is_empty() { "–".to_string() } else { model::display_safe(&shown.join(" ")) }
}

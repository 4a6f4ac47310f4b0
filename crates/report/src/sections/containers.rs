//! The containers: what they were, what they were allowed, and which files say so.

use std::collections::{BTreeMap, BTreeSet};

use model::{Bytes, KnownContainer, NamespaceKind, StateMount, Timestamp};

use crate::{Section, draft::Draft};

pub(crate) struct Containers;

/// Most words of one kind per container; the artefact holds all.
const WORDS_MAX: usize = 12;
/// Most files that are listed per container.
const FILES_MAX: usize = 4;

/// Directories of the host whose mount lets a container reach the host itself. What lies below `/var/lib/docker/volumes`
/// and the like is storage that containers are given.
const SENSITIVE: &[&str] = &[
    "/boot",
    "/dev",
    "/etc",
    "/home",
    "/proc",
    "/root",
    "/run",
    "/sys",
    "/usr",
    "/var/lib/containerd",
    "/var/lib/docker",
    "/var/lib/kubelet",
    "/var/log",
    "/var/run",
    "/var/spool/cron",
];
/// Below those, what every container is given of its engine's or its pod's own files.
const GIVEN: &[&str] = &["/volumes/", "/containers/", "/pods/", "/sandboxes/", "/overlay-containers/"];

/// When findings speak of a container.
#[derive(Clone, Copy)]
struct Seen {
    first: Timestamp,
    last: Timestamp,
}

impl Section for Containers {
    fn name(&self) -> &'static str {
        "containers"
    }

    fn write(&self, draft: &mut Draft<'_>) {
        let seen = seen(draft);
        let known: BTreeSet<&str> = draft.input.containers.iter().map(|container| container.id.as_str()).collect();
        let stranger = |id: &&String| !known.contains(id.as_str());
        let strangers: Vec<KnownContainer> = seen
            .keys()
            .filter(stranger)
            .map(|id| KnownContainer { id: id.clone(), ..KnownContainer::default() })
            .collect();
        let mut rows: Vec<&KnownContainer> = draft.input.containers.iter().chain(&strangers).collect();
        if rows.is_empty() {
            draft.nothing("report-containers-none");
            return;
        }
        // Those that findings speak of come first.
        rows.sort_by_key(|container| !seen.contains_key(&container.id));
        draft.explain("report-containers-how");
        let columns =
            ["report-column-container", "report-column-allowed", "report-column-times", "report-column-stated-by"];
        draft.table(&columns, "containers.json", &rows, |row, container| {
            let seen = seen.get(&container.id).copied();
            row.wide_cell(|draft| {
                identity(draft, container, seen.is_some());
                image(draft, container);
            });
            row.cell(|draft| allowed(draft, container));
            row.cell(|draft| times_of(draft, container, seen));
            row.wide_cell(|draft| {
                directories(draft, container);
                stated_by(draft, container);
            });
        });
    }
}

fn seen(draft: &Draft<'_>) -> BTreeMap<String, Seen> {
    let mut seen: BTreeMap<String, Seen> = BTreeMap::new();
    for finding in &draft.input.detection.findings {
        let Some(container) = &finding.container else { continue };
        let at = seen.entry(container.id.clone()).or_insert(Seen { first: finding.time, last: finding.last });
        at.first = at.first.min(finding.time);
        at.last = at.last.max(finding.last);
    }
    seen
}

fn identity(draft: &mut Draft<'_>, container: &KnownContainer, is_suspect: bool) {
    if is_suspect {
        draft.page.markup("<span class=\"badge bad\">▲ ");
        draft.say("report-container-in-findings");
        draft.page.markup("</span><br>");
    }
    let pod = container.pod.as_ref();
    if let Some(name) = container.name.as_ref().or(pod.and_then(|pod| pod.container.as_ref())) {
        draft.page.code(name);
        draft.page.markup("<br>");
    }
    short_hash(draft, &container.id);
    if let Some(pod) = pod {
        let name = [pod.namespace.as_deref(), pod.name.as_deref()].into_iter().flatten().collect::<Vec<_>>().join("/");
        line(draft, if pod.sandbox { "report-container-sandbox" } else { "report-container-pod" }, &name);
        if let Some(uid) = &pod.uid {
            line(draft, "report-container-pod-uid", uid);
        }
    }
    if let Some(host) = &container.host {
        line(draft, "report-container-host", host);
    }
}

/// The word before a value.
fn fine(draft: &mut Draft<'_>, key: &str) {
    draft.page.markup("<span class=\"fine\">");
    draft.say(key);
    draft.page.markup("</span> ");
}

fn short_hash(draft: &mut Draft<'_>, hash: &str) {
    draft.page.markup("<code class=\"hash\">");
    draft.page.text(&crate::page::short(hash));
    draft.page.markup("</code>");
}

/// A small line: a word and what it names.
fn line(draft: &mut Draft<'_>, key: &str, value: &str) {
    draft.page.markup("<br>");
    fine(draft, key);
    draft.page.code(value);
}

fn image(draft: &mut Draft<'_>, container: &KnownContainer) {
    if let Some(image) = &container.image {
        line(draft, "report-container-image", image);
    }
    for (key, hash) in
        [("report-container-digest", &container.image_digest), ("report-container-config", &container.image_id)]
    {
        if let Some(hash) = hash {
            draft.page.markup("<br>");
            fine(draft, key);
            short_hash(draft, hash);
        }
    }
}

/// What goes beyond an ordinary container, in words.
fn allowed(draft: &mut Draft<'_>, container: &KnownContainer) {
    let mut wrote = false;
    if container.privileged == Some(true) {
        draft.page.markup("<span class=\"badge bad\">▲ ");
        draft.say("report-container-privileged");
        draft.page.markup("</span><br>");
        draft.say("report-container-privileged-means");
        wrote = true;
    }
    // User and control group namespaces are the host's as a rule.
    let usual = [NamespaceKind::User, NamespaceKind::Cgroup];
    let shared = container.host_namespaces.iter().filter(|kind| !usual.contains(kind)).map(|kind| kind.name());
    wrote |= words(draft, "report-container-namespaces", shared);
    wrote |= words(draft, "report-container-capabilities", container.capabilities_added.iter().map(String::as_str));
    wrote |= words(draft, "report-container-devices", container.devices.iter().map(String::as_str));
    let mounts: Vec<String> = container.mounts.iter().filter(|mount| is_sensitive(mount)).map(shown).collect();
    wrote |= words(draft, "report-container-mounts", mounts.iter().map(String::as_str));
    for (key, value) in
        [("report-container-seccomp", &container.seccomp), ("report-container-confinement", &container.confinement)]
    {
        if value.as_deref() == Some("unconfined") {
            draft.page.markup("<div>");
            draft.say(key);
            draft.page.markup("</div>");
            wrote = true;
        }
    }
    if !wrote {
        draft.say(if container.privileged.is_some() || container.capabilities.is_some() {
            "report-container-ordinary"
        } else {
            "unknown"
        });
    }
}

/// A heading and its words, each as code. `false` when there are none.
fn words<'w>(draft: &mut Draft<'_>, key: &str, all: impl Iterator<Item = &'w str>) -> bool {
    let all: Vec<&str> = all.collect();
    if all.is_empty() {
        return false;
    }
    draft.page.markup("<div>");
    fine(draft, key);
    for word in all.iter().take(WORDS_MAX) {
        draft.page.code(word);
        draft.page.markup(" ");
    }
    if let Some(more) = all.len().checked_sub(WORDS_MAX).filter(|more| *more > 0) {
        draft.page.text(&format!("+{more}"));
    }
    draft.page.markup("</div>");
    true
}

/// Whether the mount gives a directory or socket of the host itself.
fn is_sensitive(mount: &StateMount) -> bool {
    let Some(source) = mount.source.as_ref().filter(|_| mount.volume.is_none()) else { return false };
    let path = source.to_text();
    let is_given = GIVEN.iter().any(|part| path.contains(part));
    path == "/" || path == "/var" || !is_given && SENSITIVE.iter().any(|top| source.is_within(top.as_bytes()))
}

/// `/etc → /host/etc`, with what the container may do there.
fn shown(mount: &StateMount) -> String {
    let source = mount.source.as_ref().map(Bytes::to_text).unwrap_or_default();
    let read_only = if mount.writable == Some(false) { " (ro)" } else { "" };
    format!("{source} → {}{read_only}", mount.destination.to_text())
}

fn times_of(draft: &mut Draft<'_>, container: &KnownContainer, seen: Option<Seen>) {
    let mut wrote = false;
    let stated = [
        ("report-container-created", container.created),
        ("report-container-started", container.started),
        ("report-container-finished", container.finished.filter(|_| container.running != Some(true))),
        ("report-container-first-finding", seen.map(|seen| seen.first)),
        ("report-container-last-finding", seen.map(|seen| seen.last)),
    ];
    for (key, time) in stated {
        if let Some(time) = time {
            fine(draft, key);
            draft.time(time);
            draft.page.markup("<br>");
            wrote = true;
        }
    }
    if container.running == Some(true) {
        draft.say("report-container-running");
    } else if !wrote {
        draft.say("unknown");
    }
}

fn directories(draft: &mut Draft<'_>, container: &KnownContainer) {
    let Some(root) = &container.root else { return };
    let path = |path: &Option<Bytes>| path.as_ref().map(ToString::to_string);
    for (key, value) in [
        ("report-container-upper", path(&root.upper)),
        ("report-container-merged", path(&root.merged)),
        ("report-container-driver", root.driver.clone()),
    ] {
        if let Some(value) = value {
            fine(draft, key);
            draft.page.code(&value);
            draft.page.markup("<br>");
        }
    }
}

/// The files that say it, each with the hash of the evidence that it was read from.
fn stated_by(draft: &mut Draft<'_>, container: &KnownContainer) {
    if container.stated_by.is_empty() {
        return draft.say("report-container-by-events");
    }
    draft.page.markup("<span class=\"fine\">");
    draft.say("report-container-files");
    draft.page.markup("</span><br>");
    for file in container.stated_by.iter().take(FILES_MAX) {
        draft.page.code(&file.path.to_string());
        draft.page.markup("<br>");
        draft.hash(&file.address.source);
        draft.page.markup("<br>");
    }
    if let Some(more) = container.stated_by.len().checked_sub(FILES_MAX).filter(|more| *more > 0) {
        draft.page.text(&format!("+{more}"));
    }
}

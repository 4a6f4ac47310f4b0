//! What a request body says of a pod: privilege, host namespaces, host paths, images, commands.
//!
//! Pods come in many wrappings (deployments, jobs, custom resources, partial patches), so the body is
//! searched at any depth for the fields of `core/v1` PodSpec. Nothing is said of what is not shown:
//! only a whole object makes an absent field mean its default.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::json_tree::Node;

/// Facts of an event.
use model::Facts;

/// Entries of one list fact; a pod has a handful.
const LIST_MAX: usize = 256;
/// Characters of one text in a fact.
const TEXT_CHARS_MAX: usize = 4096;

/// What was found in one or several bodies.
#[derive(Default)]
pub(super) struct Workload {
    /// Whether a container list was seen: only then do defaults apply.
    containers_seen: bool,
    switches: BTreeMap<&'static str, bool>,
    host_paths: BTreeSet<String>,
    /// Volume names of host paths.
    volumes: BTreeMap<String, String>,
    mounts: Vec<Mount>,
    images: BTreeSet<String>,
    capabilities: BTreeSet<String>,
    sysctls: BTreeSet<String>,
    preloads: BTreeSet<String>,
    commands: Vec<Value>,
    texts: BTreeMap<&'static str, String>,
}

/// Fields that are true or false, and false by default.
const SWITCHES: &[&str] = &["privileged", "hostPID", "hostIPC", "hostNetwork"];
/// Fields that are kept as they are.
const TEXTS: &[&str] = &["serviceAccountName", "nodeName", "procMount", "runtimeClassName", "workingDir"];

impl Workload {
    /// Searches a body.
    pub fn search(&mut self, node: &Node<'_>) {
        match node {
            Node::List(members) => members.iter().for_each(|member| self.search(member)),
            Node::Map(fields) => {
                self.patch_operation(node);
                for (name, member) in *fields {
                    self.field(name, member, node);
                    // Ownership records repeat every field name; they are no fields.
                    if *name != "managedFields" {
                        self.search(member);
                    }
                }
            }
            _ => {}
        }
    }

    fn field(&mut self, name: &str, member: &Node<'_>, siblings: &Node<'_>) {
        if let (Some(switch), Node::Bool(value)) = (SWITCHES.iter().find(|switch| **switch == name), member) {
            *self.switches.entry(switch).or_default() |= value;
        }
        if let (Some(text), Some(value)) = (TEXTS.iter().find(|text| **text == name), member.str()) {
            self.texts.insert(text, cut(value));
        }
        match name {
            "containers" | "initContainers" | "ephemeralContainers" => {
                self.containers_seen |= matches!(member, Node::List(_))
            }
            "hostPath" => {
                let path = member.get("path").str().or(member.str());
                if let Some(path) = path.filter(|_| self.host_paths.len() < LIST_MAX) {
                    self.host_paths.insert(cut(path));
                    if let Some(volume) = siblings.get("name").str() {
                        self.volumes.insert(cut(volume), cut(path));
                    }
                }
            }
            "image" => add(&mut self.images, member.str()),
            "capabilities" => {
                for capability in strings(member.get("add")) {
                    add(&mut self.capabilities, Some(capability));
                }
            }
            "sysctls" => {
                for sysctl in member.items() {
                    let part = |key| sysctl.get(key).str().unwrap_or("");
                    add(&mut self.sysctls, Some(&format!("{}={}", part("name"), part("value"))));
                }
            }
            "command" | "args" if self.commands.len() < LIST_MAX => {
                let words: Vec<String> = strings(member).take(LIST_MAX).map(cut).collect();
                // Request and response show the same containers.
                if !words.is_empty() && !self.commands.contains(&json!(words)) {
                    self.commands.push(json!(words));
                }
            }
            "env" => {
                for variable in member.items() {
                    if variable.get("name").str() == Some("LD_PRELOAD") {
                        add(&mut self.preloads, variable.get("value").str());
                    }
                }
            }
            "volumeMounts" => {
                let room = LIST_MAX.saturating_sub(self.mounts.len());
                self.mounts.extend(member.items().iter().take(room).filter_map(Mount::of));
            }
            "kubernetes.io/config.mirror" => {
                self.texts.insert("config.mirror", member.str().map(cut).unwrap_or_default());
            }
            _ => {}
        }
    }

    /// A JSON patch names the field in `path` and gives its value beside it.
    fn patch_operation(&mut self, fields: &Node<'_>) {
        let (Some(path), value) = (fields.get("path").str(), fields.get("value")) else { return };
        let mut parts = path.rsplit('/');
        let (last, before) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""));
        if !fields.get("op").is_null() && !value.is_null() {
            match (before, last) {
                ("hostPath", "path") => add(&mut self.host_paths, value.str()),
                _ => self.field(last, value, fields),
            }
        }
    }

    /// Writes the facts. `whole` says that the body is the whole object, so that absent fields have
    /// their defaults; a patch shows only what it changes.
    pub fn facts(self, whole: bool, facts: &mut Facts) {
        for &switch in SWITCHES {
            let value = self.switches.get(switch).copied();
            if let Some(value) = value.or((whole && self.containers_seen).then_some(false)) {
                facts.insert(switch, value.to_string());
            }
        }
        for (name, text) in self.texts {
            facts.insert(name, text);
        }
        let known = whole && self.containers_seen;
        list(facts, "host_paths", &self.host_paths, known);
        list(facts, "capabilities", &self.capabilities, known);
        list(facts, "images", &self.images, false);
        list(facts, "sysctls", &self.sysctls, false);
        list(facts, "ld_preload", &self.preloads, false);
        if !self.commands.is_empty() {
            facts.insert("container_commands", Value::Array(self.commands).to_string());
        }
        let mut mounts: Vec<Value> = Vec::new();
        for mount in self.mounts.iter().filter_map(|mount| host_mount(mount, &self.volumes)) {
            if !mounts.contains(&mount) {
                mounts.push(mount);
            }
        }
        if !mounts.is_empty() {
            facts.insert("host_mounts", Value::Array(mounts).to_string());
        }
    }
}

/// A container's mount of a volume of its pod.
struct Mount {
    name: String,
    path: Option<String>,
    read_only: bool,
    below: Option<String>,
}

impl Mount {
    fn of(node: &Node<'_>) -> Option<Self> {
        let text = |key: &str| node.get(key).str().map(cut);
        let read_only = *node.get("readOnly") == Node::Bool(true);
        Some(Self { name: text("name")?, path: text("mountPath"), read_only, below: text("subPath") })
    }
}

/// A mount of a host path: `{"hostPath":…,"mountPath":…,"readOnly":…,"subPath":…}`.
fn host_mount(mount: &Mount, volumes: &BTreeMap<String, String>) -> Option<Value> {
    let path = volumes.get(&mount.name)?;
    let mut entry = json!({ "hostPath": path, "mountPath": mount.path, "readOnly": mount.read_only });
    if let (Some(below), Some(entry)) = (&mount.below, entry.as_object_mut()) {
        entry.insert("subPath".to_string(), Value::String(below.clone()));
    }
    Some(entry)
}

fn list(facts: &mut Facts, name: &str, values: &BTreeSet<String>, even_empty: bool) {
    if !values.is_empty() || even_empty {
        facts.insert(name, text_of_list(values));
    }
}

/// A list of texts as JSON.
pub(super) fn text_of_list<'t>(texts: impl IntoIterator<Item = &'t String>) -> String {
    let mut list = String::from("[");
    for text in texts {
        if list.len() > 1 {
            list.push(',');
        }
        list.push_str(&serde_json::to_string(text).unwrap_or_default());
    }
    list.push(']');
    list
}

fn add(set: &mut BTreeSet<String>, text: Option<&str>) {
    if let Some(text) = text.filter(|_| set.len() < LIST_MAX) {
        set.insert(cut(text));
    }
}

fn strings<'n>(node: &'n Node<'_>) -> impl Iterator<Item = &'n str> {
    node.items().iter().filter_map(|item| match item {
        Node::Text(text) => Some(*text),
        _ => None,
    })
}

/// A text of bounded length; what was cut shows as `…`.
pub(super) fn cut(text: &str) -> String {
    if text.len() <= TEXT_CHARS_MAX {
        return text.to_string();
    }
    text.chars().take(TEXT_CHARS_MAX).chain(['…']).collect()
}

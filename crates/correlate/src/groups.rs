//! Which findings belong together.

use std::collections::BTreeMap;

use model::{CrossingOutcome, Finding};

/// What holds an incident together: a host and one of its containers, or an API user.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Anchor {
    /// A container on a host.
    Container(Option<String>, String),
    /// The kernel of a host, when no container is known behind it.
    Kernel(Option<String>),
    /// A user of an API.
    User(String),
}

/// Findings of one incident.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) index: usize,
    /// Indices into the findings, ascending.
    pub(crate) findings: Vec<usize>,
}

/// All groups, and which anchor belongs to which.
#[derive(Debug, Default)]
pub(crate) struct Groups {
    by_anchor: BTreeMap<Anchor, usize>,
    groups: Vec<Group>,
}

impl Groups {
    /// Puts findings together: by container, by the container that asked for another one, by the
    /// kernel setting that a container changed before the kernel started a program, by API user.
    /// A group in which nothing crossed, or tried to, is no incident.
    pub(crate) fn new(findings: &[Finding]) -> Self {
        let origins = origins(findings);
        let mut all = Self::default();
        for (at, finding) in findings.iter().enumerate() {
            let Some(own) = anchor(finding) else { continue };
            let origin = origin(&origins, own.clone());
            let index = match all.by_anchor.get(&origin) {
                Some(&index) => index,
                None => {
                    all.groups.push(Group { index: all.groups.len(), findings: Vec::new() });
                    all.groups.len() - 1
                }
            };
            all.by_anchor.insert(origin, index);
            all.by_anchor.insert(own, index);
            all.groups[index].findings.push(at);
        }
        all.groups.retain(|group| group.findings.iter().any(|&at| findings[at].crossing.is_some()));
        all
    }

    /// The groups that are incidents.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Group> {
        self.groups.iter()
    }

    /// The incident of a container.
    pub(crate) fn of_container(&self, host: Option<&String>, container: &str) -> Option<usize> {
        let anchor = Anchor::Container(host.cloned(), container.to_string());
        self.by_anchor.get(&anchor).copied().filter(|index| self.groups.iter().any(|group| group.index == *index))
    }
}

/// From which anchor another one came: the container that asked for it, or that set the kernel up.
fn origins(findings: &[Finding]) -> BTreeMap<Anchor, Anchor> {
    let mut origins = BTreeMap::new();
    for (at, finding) in findings.iter().enumerate() {
        let Some(own) = anchor(finding) else { continue };
        let from = match (&own, finding.facts.get("requested_by")) {
            (_, Some(by)) => Some(Anchor::Container(finding.host.clone(), by.clone())),
            (Anchor::Kernel(host), None) => findings[..at]
                .iter()
                .rev()
                .find(|earlier| {
                    earlier.host == *host
                        && earlier.container.is_some()
                        && earlier.crossing >= Some(CrossingOutcome::Unknown)
                        && is_kernel_setting(earlier)
                })
                .and_then(anchor),
            _ => None,
        };
        if let Some(from) = from.filter(|from| *from != own) {
            origins.entry(own).or_insert(from);
        }
    }
    origins
}

/// Follows origins to their beginning.
fn origin(origins: &BTreeMap<Anchor, Anchor>, mut anchor: Anchor) -> Anchor {
    // Each step uses up one entry, so a circle of containers that ask for each other ends too.
    for _ in 0..origins.len() {
        match origins.get(&anchor) {
            Some(from) => anchor = from.clone(),
            None => break,
        }
    }
    anchor
}

fn is_kernel_setting(finding: &Finding) -> bool {
    finding.check == "core_pattern" || finding.facts.get("how").is_some_and(|how| how == "kernel interface")
}

fn anchor(finding: &Finding) -> Option<Anchor> {
    if let Some(container) = &finding.container {
        return Some(Anchor::Container(finding.host.clone(), container.id.clone()));
    }
    if let Some(container) = finding.facts.get("container") {
        return Some(Anchor::Container(finding.host.clone(), container.clone()));
    }
    if finding.check == "kernel_started_helper" {
        return Some(Anchor::Kernel(finding.host.clone()));
    }
    finding.facts.get("user").map(|user| Anchor::User(user.clone()))
}

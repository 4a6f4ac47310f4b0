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
    /// A group in which nothing crossed, or tried to, is no incident; nor is one of mere requests.
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
        all.groups.retain(|group| is_incident(group.findings.iter().map(|&at| &findings[at])));
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

/// Checks that tell of a request for a pod with much of the node. Administrators, build systems and installers ask for
/// such pods every day; what the pod then did shows on its node.
const REQUESTS: &[&str] = &["privileged_pod", "sensitive_host_path_pod", "host_namespaces_pod"];

/// Checks that tell of a user of the API who is not who they seem, or looks for what they may do.
const SUSPICIOUS: &[&str] = &["service_account_misuse", "node_identity_misused", "api_events_deleted"];

/// Refusals that are no slip any more. Chosen by eye.
const REFUSALS_MIN: u64 = 3;

/// Whether the findings are an incident: something crossed or tried to, and not only by asking for it.
fn is_incident<'a>(findings: impl Iterator<Item = &'a Finding> + Clone) -> bool {
    let crossing = findings.clone().filter(|finding| finding.crossing.is_some());
    let is_suspicious = |finding: &Finding| {
        let nobody = finding.facts.get("user").is_some_and(|user| user == "system:anonymous");
        let looking = finding.check == "api_denied" && finding.count >= REFUSALS_MIN;
        nobody || looking || SUSPICIOUS.contains(&finding.check.as_str())
    };
    let mut crossing = crossing.peekable();
    crossing.peek().is_some()
        && (crossing.any(|finding| !REQUESTS.contains(&finding.check.as_str())) || findings.clone().any(is_suspicious))
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use model::Timestamp;

    use super::*;

    fn finding(check: &str, crossing: Option<CrossingOutcome>, user: &str, count: u64) -> Finding {
        Finding {
            id: format!("{check}@{user}"),
            check: check.to_string(),
            attack: Vec::new(),
            crossing,
            confidence: 70,
            time: Timestamp(0),
            host: None,
            container: None,
            subject: None,
            facts: BTreeMap::from([("user".to_string(), user.to_string())]),
            missing: Vec::new(),
            events: Vec::new(),
            count,
            last: Timestamp(0),
        }
    }

    #[test]
    fn a_request_alone_is_no_incident_and_a_request_of_somebody_suspicious_is_one() {
        let asked = |user: &str| finding("privileged_pod", Some(CrossingOutcome::Unknown), user, 1);
        let incidents = |findings: &[Finding]| Groups::new(findings).iter().count();
        // A build system; an administrator who looks for a fault on a node; one who is refused once.
        assert_eq!(incidents(&[asked("system:serviceaccount:ci:runner"), finding("pod_exec", None, "ci", 9)]), 0);
        let debug = finding("host_namespaces_pod", Some(CrossingOutcome::Unknown), "admin", 1);
        assert_eq!(incidents(&[asked("admin"), debug, finding("pod_exec", None, "admin", 1)]), 0);
        assert_eq!(incidents(&[asked("dev"), finding("api_denied", None, "dev", 1)]), 0);
        assert_eq!(incidents(&[asked("dev"), finding("api_denied", None, "dev", 3)]), 1);
        assert_eq!(incidents(&[asked("dev"), finding("api_denied", None, "other", 3)]), 0, "another user's");
        assert_eq!(incidents(&[asked("system:anonymous")]), 1);
        let thief = "system:serviceaccount:shop:default";
        assert_eq!(incidents(&[asked(thief), finding("service_account_misuse", None, thief, 1)]), 1);
        // Kernel settings smuggled in with a pod are nobody's daily work.
        assert_eq!(incidents(&[finding("pod_sysctls", Some(CrossingOutcome::Unknown), "dev", 1)]), 1);
    }
}

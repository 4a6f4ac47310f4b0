//! What hostile subjects read: secrets to rotate, data to tell people about.

use std::collections::BTreeMap;

use detect::signs;
use model::{Action, Bytes, Domain, Event, ExposedKind, ExposedObject, ObjectId, ObjectKind, Outcome, Role};

use crate::touched::{cite, identity, reference};

/// Most reads that are cited per object.
const READS_MAX: usize = 50;

/// Ends and parts of paths that hold keys, tokens or passwords.
const SECRET_ENDS: &[&str] = &[
    "/etc/shadow",
    "/etc/gshadow",
    "/token",
    ".key",
    ".pem",
    ".p12",
    ".pfx",
    "/.env",
    ".kubeconfig",
    "/admin.conf",
    "/credentials",
    "/id_rsa",
    "/id_ed25519",
    "/id_ecdsa",
    "/.netrc",
    "/.pgpass",
    "/.my.cnf",
    ".keytab",
];
const SECRET_PARTS: &[&str] =
    &["/.ssh/", "/pki/", "secret", "password", "passwd", "/.aws/", "/.docker/config.json", "/.kube/"];

/// Read objects as they come.
#[derive(Debug, Default)]
pub(crate) struct Exposed {
    objects: BTreeMap<ObjectId, ExposedObject>,
}

impl Exposed {
    /// An act of a hostile subject.
    pub(crate) fn hostile(&mut self, event: &Event) {
        let reads = match event.action {
            Action::FileRead => true,
            // Opened for reading and writing.
            Action::FileWrite => event.fact("access") == Some("read_write"),
            _ => false,
        };
        if !reads || matches!(event.outcome, Outcome::Failed { .. }) {
            return;
        }
        let Some(target) = event.object(Role::Target) else { return };
        if target.domain != Some(Domain::Host) || target.kind != ObjectKind::File {
            return;
        }
        let id = identity(event, target);
        let entry = self.objects.entry(id.clone()).or_insert_with(|| ExposedObject {
            object: reference(event, target, id),
            kind: signs::judged_path(target).map_or(ExposedKind::Data, kind_of),
            first_act: event.time,
            events: Vec::new(),
        });
        cite(&mut entry.events, event.id, READS_MAX);
    }

    /// Everything that was read, secrets first, then by identity.
    pub(crate) fn objects(&self) -> Vec<ExposedObject> {
        let mut objects: Vec<ExposedObject> = self.objects.values().cloned().collect();
        objects.sort_by(|a, b| (a.kind, &a.object.id).cmp(&(b.kind, &b.object.id)));
        objects
    }
}

fn kind_of(path: &Bytes) -> ExposedKind {
    // A world-readable account list is no secret, whatever its name contains.
    let text = path.to_text().to_lowercase();
    if text.ends_with("/etc/passwd") {
        return ExposedKind::Data;
    }
    let secret =
        SECRET_ENDS.iter().any(|end| text.ends_with(end)) || SECRET_PARTS.iter().any(|part| text.contains(part));
    if secret { ExposedKind::Secret } else { ExposedKind::Data }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_known_by_their_path() {
        for path in
            ["/etc/shadow", "/root/.ssh/id_rsa", "/srv/host/srv/data/secret.token", "/var/lib/kubelet/pki/k.pem"]
        {
            assert_eq!(kind_of(&Bytes::from(path)), ExposedKind::Secret, "{path}");
        }
        for path in ["/etc/passwd", "/etc/hosts", "/srv/data/app.conf"] {
            assert_eq!(kind_of(&Bytes::from(path)), ExposedKind::Data, "{path}");
        }
    }
}

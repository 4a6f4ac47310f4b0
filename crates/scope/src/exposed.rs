//! What hostile subjects read: secrets to rotate, data to tell people about, and where a credential was used afterwards.

mod content;
mod credentials;

use std::collections::BTreeMap;

use detect::signs;
use model::{Action, Domain, Event, ExposedContent, ExposedObject, ObjectId, ObjectKind, Outcome, Role};

use crate::touched::{cite, identity, reference};
use credentials::Credentials;

/// Most reads that are cited per object.
const READS_MAX: usize = 50;

/// Read objects as they come.
#[derive(Debug, Default)]
pub(crate) struct Exposed {
    objects: BTreeMap<ObjectId, ExposedObject>,
    credentials: Credentials,
}

impl Exposed {
    /// An act of a hostile subject.
    pub(crate) fn hostile(&mut self, event: &Event) {
        self.credentials.note(event);
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
        if target.kind != ObjectKind::File {
            return;
        }
        let path = signs::judged_path(target);
        let content = path.map_or(ExposedContent::OtherData, content::of);
        // What a container holds itself is not the host's, except for what it is to others.
        if target.domain != Some(Domain::Host) && content != ExposedContent::ServiceAccountToken {
            return;
        }
        let id = identity(event, target);
        let entry = self.objects.entry(id.clone()).or_insert_with(|| ExposedObject {
            object: reference(event, target, id.clone()),
            kind: content.harm(),
            content,
            identity: None,
            uses: Vec::new(),
            uses_total: 0,
            first_act: event.time,
            events: Vec::new(),
        });
        cite(&mut entry.events, event.id, READS_MAX);
        if entry.identity.is_none() {
            entry.identity = self.credentials.read(event, content, path, &id);
        }
    }

    /// An act of anybody else.
    pub(crate) fn benign(&mut self, event: &Event) {
        self.credentials.note(event);
        for id in self.credentials.used(event) {
            if let Some(object) = self.objects.get_mut(id) {
                object.uses_total += 1;
                cite(&mut object.uses, event.id, READS_MAX);
            }
        }
    }

    /// Everything that was read, secrets first, then by identity.
    pub(crate) fn objects(&self) -> Vec<ExposedObject> {
        let mut objects: Vec<ExposedObject> = self.objects.values().cloned().collect();
        objects.sort_by(|a, b| (a.kind, &a.object.id).cmp(&(b.kind, &b.object.id)));
        objects
    }
}

//! The exact set: what hostile subjects changed on the host.

use std::collections::BTreeMap;

use detect::signs;
use model::{
    Action, Answer, Bytes, Certainty, Device, Domain, Event, EventId, Object, ObjectId, ObjectKind, ObjectRef,
    Operation, OperationKind, Outcome, Role, Timestamp, TouchedObject,
};

/// Most later events of others that are listed per object.
const LATER_MAX: usize = 100;

/// Most recorded names that are listed per object.
const NAMES_MAX: usize = 20;

/// Three lists of one incident: net changes, temporary objects, kernel settings.
#[derive(Debug, Default)]
pub(crate) struct Sets {
    pub(crate) touched: Vec<TouchedObject>,
    pub(crate) transient: Vec<TouchedObject>,
    pub(crate) settings: Vec<TouchedObject>,
}

/// Changed objects as they come.
#[derive(Debug, Default)]
pub(crate) struct Touched {
    objects: BTreeMap<ObjectId, TouchedObject>,
    /// Where the inode was last known to lie: records of descriptors carry no name.
    by_inode: BTreeMap<(Device, u64), ObjectId>,
}

impl Touched {
    /// An act of a hostile subject.
    pub(crate) fn hostile(&mut self, event: &Event) {
        if matches!(event.outcome, Outcome::Failed { .. }) {
            return;
        }
        if event.action == Action::FileRename {
            return self.rename(event);
        }
        let Some(target) = event.object(Role::Target).filter(|object| signs::holds_data(object)) else { return };
        if !is_host_data(target) {
            return;
        }
        for kind in operations(event, target) {
            self.act(event, target, kind);
        }
    }

    fn rename(&mut self, event: &Event) {
        let source = event.object(Role::Source).filter(|object| is_host_data(object));
        let target = event.object(Role::Target).filter(|object| is_host_data(object));
        let from = source.map(|source| self.act(event, source, OperationKind::RenamedAway));
        let Some(target) = target else { return };
        let replaced = event.object(Role::Replaced).is_some();
        let to = self.act(event, target, OperationKind::RenamedHere);
        if let Some(object) = self.objects.get_mut(&to) {
            if replaced {
                object.operations.push(operation(OperationKind::Overwritten, event));
                if object.first_act == event.time && object.operations.len() == 2 {
                    object.existed_before = Answer::Yes;
                }
            }
            object.renamed_from.clone_from(&from);
        }
        if let Some(object) = from.and_then(|from| self.objects.get_mut(&from)) {
            object.renamed_to = Some(to);
        }
    }

    /// Notes one operation on one object and returns the object's identity.
    fn act(&mut self, event: &Event, object: &Object, kind: OperationKind) -> ObjectId {
        let inode = object.device.zip(object.inode);
        let named = object.resolved.is_some() || object.name.is_some();
        let id = match inode.and_then(|inode| self.by_inode.get(&inode)).filter(|_| !named) {
            Some(id) => id.clone(),
            None => identity(event, object),
        };
        let existed = existed_before(event, object, kind);
        let entry = self.objects.entry(id.clone()).or_insert_with(|| TouchedObject {
            object: reference(event, object, id.clone()),
            operations: Vec::new(),
            existed_before: existed,
            exists_after: Answer::Yes,
            renamed_to: None,
            renamed_from: None,
            first_act: event.time,
            last_act: event.time,
            certainty: certainty(event),
            later_benign: Vec::new(),
        });
        entry.operations.push(operation(kind, event));
        entry.last_act = event.time;
        entry.exists_after =
            if matches!(kind, OperationKind::Deleted | OperationKind::RenamedAway) { Answer::No } else { Answer::Yes };
        note_name(&mut entry.object.recorded_paths, object);
        if let Some(inode) = inode {
            self.by_inode.insert(inode, id.clone());
        }
        id
    }

    /// An act of anyone else on the same host: later changes of touched objects must not be lost.
    pub(crate) fn benign(&mut self, event: &Event) {
        if self.objects.is_empty() || matches!(event.outcome, Outcome::Failed { .. }) {
            return;
        }
        for object in signs::changed_objects(event) {
            let Some(path) = object.resolved.as_ref().map(|resolved| &resolved.path) else { continue };
            let Some(touched) = self.objects.get_mut(&path_identity(event.host.as_ref(), path)) else { continue };
            if touched.later_benign.len() < LATER_MAX && touched.later_benign.last() != Some(&event.id) {
                touched.later_benign.push(event.id);
            }
            let gone = match event.action {
                Action::FileDelete | Action::DirectoryDelete => true,
                Action::FileRename => object.role == Role::Source,
                _ => false,
            };
            touched.exists_after = if gone { Answer::No } else { Answer::Yes };
        }
    }

    /// The touched object that a benign event reads, and since when it is touched.
    pub(crate) fn read_by(&self, event: &Event) -> Option<(&ObjectId, Timestamp)> {
        let target = event.object(Role::Target)?;
        let id = path_identity(event.host.as_ref(), &target.resolved.as_ref()?.path);
        self.objects.get_key_value(&id).map(|(id, object)| (id, object.first_act))
    }

    /// Sorts everything into its list, by identity.
    pub(crate) fn sets(&self) -> Sets {
        let mut sets = Sets::default();
        for object in self.objects.values().cloned() {
            let interface = object
                .object
                .host_path
                .as_ref()
                .is_some_and(|path| path.path.is_within(b"/proc") || path.path.is_within(b"/sys"));
            let temporary = object.existed_before == Answer::No
                && object.exists_after == Answer::No
                && object.later_benign.is_empty();
            if interface {
                sets.settings.push(object);
            } else if temporary {
                sets.transient.push(object);
            } else {
                sets.touched.push(object);
            }
        }
        sets
    }
}

fn is_host_data(object: &Object) -> bool {
    matches!(object.domain, Some(Domain::Host | Domain::Kernel)) && signs::holds_data(object)
}

fn operations(event: &Event, target: &Object) -> Vec<OperationKind> {
    let truncates = event.fact("open_flags").is_some_and(|flags| flags.split(',').any(|flag| flag == "truncate"));
    match event.action {
        Action::FileCreate | Action::FileSymlink | Action::DirectoryCreate | Action::DeviceCreate => {
            vec![OperationKind::Created]
        }
        Action::FileWrite if target.created => vec![OperationKind::Created],
        Action::FileWrite if truncates => vec![OperationKind::Truncated, OperationKind::Overwritten],
        Action::FileWrite => vec![OperationKind::Overwritten],
        Action::FileTruncate => vec![OperationKind::Truncated],
        Action::FileLink => vec![OperationKind::Linked],
        Action::FileDelete | Action::DirectoryDelete => vec![OperationKind::Deleted],
        Action::FileMetadata => vec![OperationKind::Metadata],
        _ => Vec::new(),
    }
}

fn existed_before(event: &Event, object: &Object, kind: OperationKind) -> Answer {
    match kind {
        OperationKind::Created | OperationKind::Linked => Answer::No,
        OperationKind::RenamedHere if event.object(Role::Replaced).is_none() => Answer::No,
        _ if object.created => Answer::No,
        _ => Answer::Yes,
    }
}

fn operation(kind: OperationKind, event: &Event) -> Operation {
    Operation { kind, time: event.time, event: event.id }
}

fn certainty(event: &Event) -> Certainty {
    // What anyone could have written is not an observation.
    if event.outcome == Outcome::Succeeded && !signs::is_unvouched(event) {
        Certainty::Observed
    } else {
        Certainty::Inferred
    }
}

/// Identity of a path on a host.
pub(crate) fn path_identity(host: Option<&String>, path: &Bytes) -> ObjectId {
    ObjectId(format!("{}:{}", host.map_or("", String::as_str), path.to_text()))
}

/// Identity of an object: its host path where known, else its inode, else the name as recorded.
pub(crate) fn identity(event: &Event, object: &Object) -> ObjectId {
    if let Some(resolved) = &object.resolved {
        return path_identity(event.host.as_ref(), &resolved.path);
    }
    let host = event.host.as_deref().unwrap_or_default();
    match (object.device.zip(object.inode), &object.name) {
        (Some((device, inode)), _) => ObjectId(format!("{host}:dev={device},ino={inode}")),
        (None, Some(name)) => ObjectId(format!("{host}:?{}", name.to_text())),
        (None, None) => ObjectId(format!("{host}:?event={}", event.id)),
    }
}

/// What is known of the object itself.
pub(crate) fn reference(event: &Event, object: &Object, id: ObjectId) -> ObjectRef {
    let mut recorded_paths = Vec::new();
    note_name(&mut recorded_paths, object);
    let kind = match object.kind {
        ObjectKind::File if event.action == Action::DirectoryCreate => ObjectKind::Directory,
        ObjectKind::File if event.action == Action::FileSymlink => ObjectKind::Symlink,
        kind => kind,
    };
    ObjectRef {
        id,
        host: event.host.clone(),
        kind,
        device: object.device,
        inode: object.inode,
        host_path: object.resolved.clone(),
        recorded_paths,
    }
}

fn note_name(names: &mut Vec<Bytes>, object: &Object) {
    if let Some(name) = &object.name
        && names.len() < NAMES_MAX
        && !names.contains(name)
    {
        names.push(name.clone());
    }
}

/// Cites an event once.
pub(crate) fn cite(events: &mut Vec<EventId>, id: EventId, most: usize) {
    if events.len() < most && events.last() != Some(&id) {
        events.push(id);
    }
}

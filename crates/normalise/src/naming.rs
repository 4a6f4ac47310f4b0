//! How processes name things, and what their names teach.

use model::{Action, Bytes, Device, Event, Object, ObjectKind, Role, View};

use crate::{
    containers::Container,
    knowledge::{Knowledge, below, join, normal},
    processes::Process,
    resolve::Place,
};

/// `CLONE_NEWNS` of `setns` and `unshare`. Source: include/uapi/linux/sched.h.
pub(crate) const CLONE_NEWNS: u64 = 0x0002_0000;

/// A record that names both the overlay and another device shows where the overlay keeps its changes.
pub(crate) fn learn_upper(container: &mut Container, event: &Event) {
    let Some((root, _)) = container.root.filter(|(root, _)| root.major == 0) else { return };
    if container.upper.is_none() && event.objects.iter().any(|object| object.device == Some(root)) {
        let devices = event.objects.iter().filter_map(|object| object.device);
        container.upper = devices.into_iter().find(|device| device.major != 0);
    }
}

pub(crate) fn learn_place(knowledge: &mut Knowledge, object: &Object, id: (Device, u64), path: &Bytes) {
    // An unnamed device that is not the host's root may be the overlay of a container whose start was not recorded.
    let on_host = id.0.major != 0 || knowledge.host_root.is_some_and(|(device, _)| device == id.0);
    if is_directory(object) && on_host {
        knowledge.learn_directory(id, path);
    }
}

/// Remembers where files lie as the events go by: inode numbers come again within seconds, so what a
/// later event shows must not explain an earlier one.
pub(crate) fn remember_files(knowledge: &mut Knowledge, event: &Event, places: &[Place]) {
    for (object, place) in event.objects.iter().zip(places) {
        let (Some(id), Some(resolved)) = (object.device.zip(object.inode), &place.resolved) else { continue };
        if object.kind == ObjectKind::Directory || place.domain == Some(model::Domain::Container) {
            continue;
        }
        let gone = event.action == Action::FileDelete || object.role == Role::Replaced;
        match object.role {
            Role::Target | Role::Replaced if gone => knowledge.forget_file(id),
            Role::Target => knowledge.learn_file(id, &resolved.path),
            _ => {}
        }
    }
}

pub(crate) fn learn_host_mount(knowledge: &mut Knowledge, event: &Event, process: &Process) {
    if event.action != Action::MountAttach || process.container.is_some() || process.view != View::Host {
        return;
    }
    let (Some(source), Some(target)) = (event.object(Role::Source), event.object(Role::Target)) else { return };
    if let (Some(device), Some(path)) = (source.rdev.filter(|device| device.major != 0), &target.name) {
        knowledge.learn_file_system(device, path);
    }
}

/// Where an object lies on the host by the inode of its directory, or its own.
pub(crate) fn on_host(object: &Object, parent: Option<&Object>, knowledge: &Knowledge) -> Option<Bytes> {
    let directory = parent.and_then(|parent| knowledge.directory(parent.device.zip(parent.inode)?));
    if let (Some(directory), Some(name)) = (directory, &object.name) {
        return Some(join(directory.as_bytes(), name.file_name()));
    }
    let id = object.device.zip(object.inode)?;
    knowledge.directory(id).or_else(|| knowledge.file(id)).cloned()
}

/// Whether the name begins in another top directory than the object's place on the host. Who uses it
/// may be in a container of which nothing is recorded, or go through a symbolic link; a merged `/usr`
/// is such a link on every host.
pub(crate) fn is_foreign_name(name: &Bytes, on_host: &Bytes) -> bool {
    let top =
        |path: &Bytes| path.as_bytes().split(|&byte| byte == b'/').find(|part| !part.is_empty()).map(<[u8]>::to_vec);
    top(name) != top(on_host) && !on_host.as_bytes().ends_with(name.as_bytes())
}

/// Whether a container sees the host's path under that name; with the root directory that a
/// process inside must have changed to.
pub(crate) fn seen_by(container: &Container, name: &Bytes, on_host: &Bytes) -> Option<Option<Bytes>> {
    container.binds.iter().find_map(|bind| {
        let (source, target) = (bind.source.as_ref()?, bind.target.as_ref()?);
        let rest = below(on_host, source.as_bytes())?;
        if *name == join(target.as_bytes(), rest) {
            return Some(None);
        }
        (*name == join(b"/", rest)).then(|| Some(target.clone()))
    })
}

/// Whether only that container has the object's device under that name.
pub(crate) fn named_by(container: &Container, object: &Object, name: &Bytes) -> bool {
    container.binds.iter().any(|bind| {
        let target =
            bind.target.as_ref().filter(|target| target.as_bytes() != b"/" && !bind.ambiguous && !bind.guessed);
        target.is_some_and(|target| bind.device() == object.device && name.is_within(target.as_bytes()))
    })
}

pub(crate) fn is_directory(object: &Object) -> bool {
    object.kind == ObjectKind::Directory || matches!(object.role, Role::TargetParent | Role::SourceParent)
}

/// The object of the record that holds the name of `object`.
pub(crate) fn parent_of<'a>(event: &'a Event, object: &Object) -> Option<&'a Object> {
    match object.role {
        Role::Target | Role::Replaced => event.object(Role::TargetParent),
        Role::Source => event.object(Role::SourceParent),
        _ => None,
    }
}

pub(crate) fn absolute_name(event: &Event, object: &Object, name: &Bytes) -> Option<Bytes> {
    if name.as_bytes().starts_with(b"/") {
        return normal(name);
    }
    let cwd = event.actor.cwd.as_ref()?;
    match parent_of(event, object).and_then(|parent| parent.name.as_ref()) {
        Some(parent) if parent.as_bytes().starts_with(b"/") => normal(&join(parent.as_bytes(), name.file_name())),
        // A name relative to an unknown directory descriptor must not be joined with the working directory.
        _ if event.fact("dirfd").is_some() => None,
        _ => normal(&join(cwd.as_bytes(), name.as_bytes())),
    }
}

pub(crate) fn in_root(name: &Bytes, process: &Process) -> Option<Bytes> {
    match &process.root {
        Some(root) => normal(&join(root.as_bytes(), name.as_bytes())),
        None => normal(name),
    }
}

/// The namespace types of a `setns`, from argument 1 (hexadecimal), or by their names in an alert of Falco.
pub(crate) fn namespace_types(event: &Event) -> Option<u64> {
    if let Some(names) = event.fact("evt.arg.nstype").filter(|names| names.contains("CLONE_NEW")) {
        let is_mounts = names.split('|').any(|name| name.trim() == "CLONE_NEWNS");
        return Some(if is_mounts { CLONE_NEWNS } else { !CLONE_NEWNS });
    }
    event.fact("a1").and_then(|text| u64::from_str_radix(text.trim_start_matches("0x"), 16).ok())
}

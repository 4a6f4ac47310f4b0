//! Where an object lies on the host, and whose it is.

use model::{Bytes, Confidence, Device, Domain, Object, Resolution, View};

use crate::{
    containers::Container,
    knowledge::{Knowledge, below, join, normal},
    policy::Policy,
};

/// From where an actor names things.
pub(crate) struct Viewpoint<'a> {
    pub(crate) view: View,
    /// Root directory inside the view, when the actor changed it.
    pub(crate) root: Option<&'a Bytes>,
    pub(crate) container: Option<&'a Container>,
}

/// What was found: the place, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Place {
    pub(crate) resolved: Option<Resolution>,
    pub(crate) domain: Option<Domain>,
}

impl Place {
    fn at(path: Bytes, confidence: Confidence, how: impl Into<String>, domain: Domain) -> Self {
        Self { resolved: Some(Resolution { path, confidence, how: how.into() }), domain: Some(domain) }
    }

    fn somewhere(domain: Domain) -> Self {
        Self { resolved: None, domain: Some(domain) }
    }
}

/// Kernel interfaces by the end of their path: the mount point is the attacker's choice.
const KERNEL_INTERFACES: &[(&str, &str)] = &[
    ("sys/kernel/core_pattern", "/proc/sys/kernel/core_pattern"),
    ("sys/kernel/modprobe", "/proc/sys/kernel/modprobe"),
    ("sys/kernel/hotplug", "/proc/sys/kernel/hotplug"),
    ("sys/fs/binfmt_misc/register", "/proc/sys/fs/binfmt_misc/register"),
    ("/sysrq-trigger", "/proc/sysrq-trigger"),
    ("kernel/uevent_helper", "/sys/kernel/uevent_helper"),
    ("/release_agent", "/sys/fs/cgroup/release_agent"),
    ("/notify_on_release", "/sys/fs/cgroup/notify_on_release"),
];

/// Finds the place of `object`, given the object of its parent directory where the record has one.
pub(crate) fn place(
    viewpoint: &Viewpoint<'_>,
    object: &Object,
    parent: Option<&Object>,
    knowledge: &Knowledge,
    policy: &Policy,
) -> Place {
    let name = object.name.as_ref().map(|name| absolute(name, viewpoint.root, parent));
    if let Some(place) = name.as_ref().and_then(|name| kernel_place(name, object.device)) {
        return place;
    }
    if let Some(place) = name.as_ref().and_then(|name| through_process_root(name, viewpoint, object)) {
        return place;
    }
    match viewpoint.view {
        View::Host => host_place(viewpoint, object, name, parent, knowledge),
        View::Container => match viewpoint.container {
            Some(container) => {
                let place = container_place(container, object, name.as_ref(), parent, knowledge);
                with_volumes(place, policy)
            }
            None => Place::default(),
        },
        View::Unidentified => unidentified_place(object, name, parent, knowledge),
    }
}

/// The name as an absolute path of the view: below the actor's root, or below the parent directory.
fn absolute(name: &Bytes, root: Option<&Bytes>, parent: Option<&Object>) -> Bytes {
    let joined = if name.as_bytes().starts_with(b"/") {
        name.clone()
    } else {
        match parent.and_then(|parent| parent.name.as_ref()).filter(|name| name.as_bytes().starts_with(b"/")) {
            Some(directory) => join(directory.as_bytes(), name.file_name()),
            None => return name.clone(),
        }
    };
    let in_view = match root {
        Some(root) => join(root.as_bytes(), joined.as_bytes()),
        None => joined,
    };
    normal(&in_view).unwrap_or(in_view)
}

fn kernel_place(name: &Bytes, device: Option<Device>) -> Option<Place> {
    // procfs, sysfs and cgroupfs lie on unnamed devices; a file of such a name on a disk is a file.
    if device.is_some_and(|device| device.major != 0) {
        return None;
    }
    let text = name.to_text();
    let (_, path) = KERNEL_INTERFACES.iter().find(|(end, _)| text.ends_with(end))?;
    let confidence = if text == *path { 100 } else { 95 };
    Some(Place::at(Bytes::from(*path), confidence, "kernel interface", Domain::Kernel))
}

/// `/proc/PID/root/…` leads into another process's file system; from inside a container that shares
/// the host's pid namespace, into the host's.
fn through_process_root(name: &Bytes, viewpoint: &Viewpoint<'_>, object: &Object) -> Option<Place> {
    let rest = process_root(name)?;
    let own = viewpoint.container.and_then(|container| container.root).map(|(device, _)| device);
    if viewpoint.view == View::Host || object.device.is_some() && object.device == own {
        return None;
    }
    Some(Place::at(rest, 85, "through /proc/PID/root", Domain::Host))
}

/// What follows `/proc/PID/root` in a path.
pub(crate) fn process_root(name: &Bytes) -> Option<Bytes> {
    let text = name.to_text();
    let (pid, rest) = text.strip_prefix("/proc/")?.split_once('/')?;
    let rest = rest.strip_prefix("root")?;
    let numeric = !pid.is_empty() && pid.bytes().all(|byte| byte.is_ascii_digit());
    // The directory itself, too: somebody may make it the own root.
    let rest = if rest.is_empty() { "/" } else { rest };
    (numeric && rest.starts_with('/')).then(|| Bytes::from_text(rest))
}

fn is_pseudo(path: &Bytes) -> bool {
    ["/proc", "/sys"].iter().any(|top| path.is_within(top.as_bytes()))
}

fn host_place(
    viewpoint: &Viewpoint<'_>,
    object: &Object,
    name: Option<Bytes>,
    parent: Option<&Object>,
    knowledge: &Knowledge,
) -> Place {
    match name {
        Some(name) if name.as_bytes().starts_with(b"/") => {
            let domain = if is_pseudo(&name) { Domain::Kernel } else { Domain::Host };
            match viewpoint.root {
                Some(root) => Place::at(name, 95, format!("chroot {root}"), domain),
                None => Place::at(name, 100, "the host's own view", domain),
            }
        }
        _ => by_parent_inode(object, parent, knowledge)
            .or_else(|| by_own_inode(object, knowledge))
            .unwrap_or(Place::somewhere(Domain::Host)),
    }
}

/// By the inode of the parent directory, where the host's own processes showed it: this also sees
/// through symbolic links in the name.
fn by_parent_inode(object: &Object, parent: Option<&Object>, knowledge: &Knowledge) -> Option<Place> {
    let id = parent.and_then(|parent| parent.device.zip(parent.inode))?;
    let (directory, name) = (knowledge.directory(id)?, object.name.as_ref()?);
    let path = join(directory.as_bytes(), name.file_name());
    Some(Place::at(path, 95, format!("parent directory is {directory} on the host"), Domain::Host))
}

/// By the object's own inode, where it was seen before.
fn by_own_inode(object: &Object, knowledge: &Knowledge) -> Option<Place> {
    let id = object.device.zip(object.inode)?;
    if let Some(path) = knowledge.directory(id) {
        return Some(Place::at(path.clone(), 92, "same directory inode seen on the host", Domain::Host));
    }
    let path = knowledge.file(id)?;
    let same_name = object.name.as_ref().is_none_or(|name| name.file_name() == path.file_name());
    same_name.then(|| Place::at(path.clone(), 85, "same inode seen on the host", Domain::Host))
}

fn container_place(
    container: &Container,
    object: &Object,
    name: Option<&Bytes>,
    parent: Option<&Object>,
    knowledge: &Knowledge,
) -> Place {
    let in_own_overlay = container.root.is_some_and(|(root, _)| {
        root.major == 0 && [Some(object), parent].into_iter().flatten().any(|object| object.device == Some(root))
    });
    if in_own_overlay {
        return own_overlay(container, name);
    }
    let place = by_parent_inode(object, parent, knowledge)
        .or_else(|| by_source_inode(container, object, parent))
        .or_else(|| by_known_bind(container, object, name, BindMatch::SameDevice))
        .or_else(|| by_own_inode(object, knowledge));
    if let Some(place) = place {
        return own_root(container, place);
    }
    if object.device.is_some() && object.device == container.upper {
        return own_overlay(container, name);
    }
    let nested = object.device.is_some_and(|device| device.major != 0 || knowledge.host_uses(device));
    if let Some(place) = nested.then(|| by_known_bind(container, object, name, BindMatch::NestedMount)).flatten() {
        return place;
    }
    if let Some(place) = by_known_bind(container, object, name, BindMatch::Guessed) {
        return place;
    }
    by_changed_root(container, object, name).unwrap_or_else(|| by_device(container, object, name))
}

/// A name that no mount point explains, on a device of which a process inside made a directory its root.
fn by_changed_root(container: &Container, object: &Object, name: Option<&Bytes>) -> Option<Place> {
    let name = name.filter(|name| name.as_bytes().starts_with(b"/"))?;
    let device = object.device?;
    let root = container.changed_roots.get(&device)?;
    let mut of_device = container.binds.iter().filter(|bind| bind.device() == Some(device));
    let mounted = of_device.any(|bind| bind.target.as_ref().is_none_or(|target| name.is_within(target.as_bytes())));
    let how = || match root.as_bytes() {
        b"/" => "the host's own name, by the inodes of directories".to_string(),
        _ => format!("{root} had become the root directory, by the inodes of directories"),
    };
    (!mounted).then(|| Place::at(join(root.as_bytes(), name.as_bytes()), 75, how(), Domain::Host))
}

/// An object of the container's overlay, or of the directory on the host that holds its changes.
fn own_overlay(container: &Container, name: Option<&Bytes>) -> Place {
    match (&container.root_path, name) {
        (Some(root), Some(name)) if name.as_bytes().starts_with(b"/") => {
            Place::at(join(root.as_bytes(), name.as_bytes()), 80, "container's own overlay", Domain::Container)
        }
        _ => Place::somewhere(Domain::Container),
    }
}

/// An inode that the host saw inside the container's own root directory is the container's.
fn own_root(container: &Container, place: Place) -> Place {
    let inside = match (&place.resolved, &container.root_path) {
        (Some(resolved), Some(root)) => resolved.path.is_within(root.as_bytes()),
        _ => false,
    };
    if inside { Place { domain: Some(Domain::Container), ..place } } else { place }
}

/// Which bind mounts may answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum BindMatch {
    /// Mount point known, and the object lies on the bind's device.
    SameDevice,
    /// Mount point known; the object lies on a further file system mounted below the source.
    NestedMount,
    /// Mount point guessed from the names used below it.
    Guessed,
}

fn by_known_bind(container: &Container, object: &Object, name: Option<&Bytes>, by: BindMatch) -> Option<Place> {
    let name = name?;
    let bind = container
        .binds
        .iter()
        .filter(|bind| bind.guessed == (by == BindMatch::Guessed))
        .filter(|bind| match (object.device, bind.device()) {
            (Some(of_object), Some(of_bind)) if by != BindMatch::NestedMount => of_object == of_bind,
            _ => by != BindMatch::NestedMount || bind.target.as_ref().is_some_and(|target| target.as_bytes() != b"/"),
        })
        .filter_map(|bind| {
            let target = bind.target.as_ref()?;
            below(name, target.as_bytes()).map(|rest| (bind, target, rest))
        })
        .max_by_key(|(_, target, _)| target.as_bytes().len());
    let (bind, target, rest) = bind?;
    let Some(source) = &bind.source else { return Some(Place::somewhere(Domain::Host)) };
    let path = if rest.is_empty() { source.clone() } else { join(source.as_bytes(), rest) };
    if is_pseudo(&path) {
        return Some(Place::at(path, 95, format!("{source} mounted at {target}"), Domain::Kernel));
    }
    let (confidence, how) = match by {
        BindMatch::SameDevice => (97, format!("{source} mounted at {target}")),
        BindMatch::NestedMount => (85, format!("{source} mounted at {target} with what is mounted below it")),
        BindMatch::Guessed => (50, format!("{source} mounted at {target} (mount point inferred from the names used)")),
    };
    let domain = if bind.volume { Domain::Volume } else { Domain::Host };
    Some(Place::at(path, confidence, how, domain))
}

/// The parent directory is itself the source of a bind mount.
fn by_source_inode(container: &Container, object: &Object, parent: Option<&Object>) -> Option<Place> {
    let own = object.device.zip(object.inode);
    let of_parent = parent.and_then(|parent| parent.device.zip(parent.inode));
    for bind in &container.binds {
        let (Some(id), Some(source)) = (bind.source_id, &bind.source) else { continue };
        if own == Some(id) {
            return Some(Place::at(source.clone(), 95, "source of a bind mount", Domain::Host));
        }
        if let (true, Some(name)) = (of_parent == Some(id), &object.name) {
            let path = join(source.as_bytes(), name.file_name());
            return Some(Place::at(path, 95, format!("parent directory is the bind source {source}"), Domain::Host));
        }
    }
    None
}

/// Only the device speaks: it says whose the object is, not where it lies.
fn by_device(container: &Container, object: &Object, name: Option<&Bytes>) -> Place {
    let Some(device) = object.device else { return Place::default() };
    let on_bind = container.binds.iter().any(|bind| bind.device() == Some(device));
    let open_bind = container.binds.iter().any(|bind| bind.device() == Some(device) && bind.target.is_none());
    match container.root {
        Some((root, _)) if root == device && !open_bind => match (&container.root_path, name) {
            (Some(root), Some(name)) if name.as_bytes().starts_with(b"/") => {
                Place::at(join(root.as_bytes(), name.as_bytes()), 80, "container's own root", Domain::Container)
            }
            _ => Place::somewhere(Domain::Container),
        },
        // The root's device also carries a bind mount whose place inside is not known: cannot tell.
        Some((root, _)) if root == device => Place::default(),
        _ if on_bind => Place::somewhere(Domain::Host),
        _ if device.major == 0 => Place::somewhere(Domain::Container),
        // Nothing at all is known of what was mounted into it, or on which devices that lies: a volume looks the
        // same as the host's data.
        None if container.binds.iter().all(|bind| bind.device().is_none()) => Place::default(),
        Some(_) | None => Place::somewhere(Domain::Host),
    }
}

fn unidentified_place(object: &Object, name: Option<Bytes>, parent: Option<&Object>, knowledge: &Knowledge) -> Place {
    let by_inode = by_parent_inode(object, parent, knowledge).or_else(|| by_own_inode(object, knowledge));
    if let Some(place) = by_inode {
        return place;
    }
    let on_host = object.device.is_some_and(|device| device.major != 0 || knowledge.host_uses(device));
    match name {
        Some(name) if on_host && name.as_bytes().starts_with(b"/") => {
            Place::at(name, 50, "mount namespace not identified, taken for the host's", Domain::Host)
        }
        _ if on_host => Place::somewhere(Domain::Host),
        _ => Place::default(),
    }
}

fn with_volumes(place: Place, policy: &Policy) -> Place {
    let volume = place.domain == Some(Domain::Host)
        && place.resolved.as_ref().is_some_and(|resolved| policy.is_volume(&resolved.path));
    if volume { Place { domain: Some(Domain::Volume), ..place } } else { place }
}

//! `PATH` records to objects: which is the target, which its parent, and how its name becomes absolute.
//!
//! The kernel logs a name as the caller gave it, plus the containing directory for names that were
//! created or removed. Two traps: items that the file system below an overlay adds have no name, and
//! a relative name given with a directory descriptor is relative to a directory that no record names
//! (the `PARENT` item then shows the *working* directory's name with the real directory's inode,
//! because `audit_log_name` assumes that a name without a directory part is relative to it).

use model::{Bytes, Device, Object, ObjectKind, Role};

use super::{
    assemble::{Kind, OpenEvent},
    fields::{Fields, id, is_torn, plain, untrusted},
};
use crate::text::{hex_number, number, octal};

/// `nametype=` (older kernels: `objtype=`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NameType {
    Parent,
    Create,
    Delete,
    Normal,
    /// `UNKNOWN`, or not given.
    Unknown,
}

/// One `PATH` record.
#[derive(Debug, Clone)]
pub(super) struct Item {
    number: u64,
    pub name: Option<Vec<u8>>,
    inode: Option<u64>,
    device: Option<Device>,
    rdev: Option<Device>,
    mode: Option<u32>,
    uid: Option<u32>,
    pub name_type: NameType,
}

/// How the items of an event are to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// One target, perhaps with its parent.
    One,
    /// The first named item is the target, the others are loaded along with it.
    Execute,
    Rename,
    Link,
    Symlink,
    /// Bind or move mount: directory, then source.
    Bind,
    /// New mount: directory, then whatever the file system looked up.
    Mount,
    /// `move_mount`: source, then directory.
    MoveMount,
    /// Only a source: `open_tree`.
    Source,
    /// `pivot_root`: the new root, then where the old one goes.
    Pivot,
}

/// Where relative names start.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Bases<'a> {
    /// The working directory, where recorded.
    pub cwd: Option<&'a [u8]>,
    /// The directory descriptor that the target's name is relative to; `None`: the working directory.
    pub target_dir: Option<u64>,
    /// The same for the source's name.
    pub source_dir: Option<u64>,
}

/// What the items say.
#[derive(Debug, Default)]
pub(super) struct Reading {
    /// Objects in the order of the items, the second event of an exchange aside.
    pub objects: Vec<Object>,
    /// The way back of a rename that exchanged two names.
    pub exchanged: Vec<Object>,
    /// What a symbolic link says.
    pub link_text: Option<Bytes>,
    /// A descriptor that a target's name stayed relative to.
    pub dirfd: Option<u64>,
    /// The same for the source.
    pub source_dirfd: Option<u64>,
}

/// Reads all `PATH` records of an event, in the order of their item numbers; `torn` is set when one breaks off.
pub(super) fn items(event: &OpenEvent, torn: &mut bool) -> Vec<Item> {
    let mut items: Vec<Item> = event.of(Kind::Path).map(|record| item(event.body(record), torn)).collect();
    if !items.is_sorted_by_key(|item| item.number) {
        items.sort_by_key(|item| item.number);
    }
    items
}

fn item(body: &[u8], torn: &mut bool) -> Item {
    let mut item = Item {
        number: u64::MAX,
        name: None,
        inode: None,
        device: None,
        rdev: None,
        mode: None,
        uid: None,
        name_type: NameType::Unknown,
    };
    for (key, value) in Fields::of(body) {
        match key {
            b"item" => item.number = number(value).unwrap_or(u64::MAX),
            b"name" => {
                *torn |= is_torn(value);
                item.name = untrusted(value).filter(|name| !name.is_empty());
            }
            b"inode" => item.inode = number(value),
            b"dev" => item.device = device(value),
            b"mode" => item.mode = octal(value),
            b"ouid" => item.uid = id(value),
            b"rdev" => item.rdev = device(value),
            b"nametype" | b"objtype" => {
                item.name_type = match value {
                    b"PARENT" => NameType::Parent,
                    b"CREATE" => NameType::Create,
                    b"DELETE" => NameType::Delete,
                    b"NORMAL" => NameType::Normal,
                    _ => NameType::Unknown,
                };
            }
            _ => {}
        }
    }
    item
}

fn device(value: &[u8]) -> Option<Device> {
    let value = plain(value)?;
    let colon = value.iter().position(|&byte| byte == b':')?;
    let half = |text| hex_number(text).and_then(|number| u32::try_from(number).ok());
    Some(Device { major: half(&value[..colon])?, minor: half(&value[colon + 1..])? })
}

/// Kind of a file from the type bits of its mode.
pub(super) fn kind_of_mode(mode: u32) -> ObjectKind {
    match mode & 0o170_000 {
        0o040_000 => ObjectKind::Directory,
        0o120_000 => ObjectKind::Symlink,
        0o060_000 => ObjectKind::BlockDevice,
        0o020_000 => ObjectKind::CharDevice,
        0o010_000 => ObjectKind::Fifo,
        0o140_000 => ObjectKind::Socket,
        _ => ObjectKind::File,
    }
}

/// Reads the items as the objects of one act.
pub(super) fn read(shape: Shape, items: Vec<Item>, bases: &Bases<'_>) -> Reading {
    let mut reading = Reading::default();
    let mut roles: Vec<Option<Role>> = vec![Some(Role::Other); items.len()];
    // Parents of source and target, to which relative names may belong.
    let (mut source_parent, mut target_parent) = parents(shape, &items, &mut roles);
    let mut exchange = None;
    match shape {
        Shape::One => set(&mut roles, best(&items), Role::Target),
        Shape::Execute => set(&mut roles, first(&items, |item| item.name_type != NameType::Parent), Role::Target),
        Shape::Rename => {
            exchange = rename(&items, &mut roles);
            if parents_are_crossed(&items, &roles, source_parent, target_parent) {
                std::mem::swap(&mut source_parent, &mut target_parent);
                set(&mut roles, source_parent, Role::SourceParent);
                set(&mut roles, target_parent, Role::TargetParent);
            }
        }
        Shape::Link => {
            set(&mut roles, typed(&items, NameType::Normal, 0), Role::Source);
            set(&mut roles, typed(&items, NameType::Create, 0), Role::Target);
        }
        Shape::Symlink => {
            set(&mut roles, typed(&items, NameType::Create, 0), Role::Target);
            // The link's text passes through `getname`, and so leaves an item without an inode.
            let is_text =
                |item: &Item| item.name_type == NameType::Unknown && item.inode.is_none() && item.name.is_some();
            if let Some(at) = items.iter().position(is_text) {
                reading.link_text = items[at].name.clone().map(Bytes);
                roles[at] = None;
            }
        }
        Shape::Bind | Shape::Mount => {
            let mut normal = items.iter().enumerate().filter(|(_, item)| item.name_type != NameType::Parent);
            set(&mut roles, normal.next().map(|found| found.0), Role::Target);
            let source = normal.find(|(_, item)| {
                shape == Shape::Bind || item.mode.is_some_and(|mode| kind_of_mode(mode) == ObjectKind::BlockDevice)
            });
            set(&mut roles, source.map(|found| found.0), Role::Source);
        }
        Shape::MoveMount => {
            let target = items.iter().rposition(|item| item.name.is_some());
            set(&mut roles, target, Role::Target);
            set(&mut roles, (0..items.len()).find(|&at| Some(at) != target), Role::Source);
        }
        Shape::Source => set(&mut roles, best(&items), Role::Source),
        Shape::Pivot => set(&mut roles, best(&items), Role::Target),
    }
    let parent_names = [source_parent, target_parent].map(|at| at.and_then(|at| items[at].name.clone()));
    for (item, role) in items.into_iter().zip(roles) {
        let Some(role) = role else { continue };
        reading.object(item, role, bases, &parent_names);
    }
    if exchange.is_some() {
        reading.exchanged = exchanged(&reading.objects);
    }
    reading
}

fn set(roles: &mut [Option<Role>], at: Option<usize>, role: Role) {
    if let Some(entry) = at.and_then(|at| roles.get_mut(at)) {
        *entry = Some(role);
    }
}

/// The `PARENT` items of source and target. Beside named items, those without a name belong to a layer below.
fn parents(shape: Shape, items: &[Item], roles: &mut [Option<Role>]) -> (Option<usize>, Option<usize>) {
    let of = |named: bool| {
        let parents = items.iter().enumerate();
        parents
            .filter(move |(_, item)| item.name_type == NameType::Parent && item.name.is_some() == named)
            .map(|at| at.0)
    };
    let any_name = items.iter().any(|item| item.name.is_some());
    let mut all = of(any_name);
    let (source, target) = if shape == Shape::Rename {
        let source = all.next();
        (source, all.next())
    } else {
        (None, all.next())
    };
    set(roles, source, Role::SourceParent);
    set(roles, target, Role::TargetParent);
    (source, target)
}

/// Whether a rename's two parents stand in the other order: the kernel logs `mv a ../b` with the
/// parent of `../b` first. Only a parent whose name is the beginning of the other side's name tells.
fn parents_are_crossed(
    items: &[Item],
    roles: &[Option<Role>],
    source_parent: Option<usize>,
    target_parent: Option<usize>,
) -> bool {
    let side = |role: Role| {
        let at = roles.iter().position(|of| *of == Some(role))?;
        directory_part(items[at].name.as_deref()?)
    };
    let parent = |at: Option<usize>| at.and_then(|at| items[at].name.as_deref());
    let (source, target) = (side(Role::Source), side(Role::Target));
    let (first, second) = (parent(source_parent), parent(target_parent));
    (first.is_some() && first == target && first != source)
        || (second.is_some() && second == source && second != target)
}

/// What stands before the last component, with its slash: `../` of `../b`. `None` for a bare name.
fn directory_part(name: &[u8]) -> Option<&[u8]> {
    name.iter().rposition(|&byte| byte == b'/').map(|slash| &name[..=slash])
}

/// The `nth` item of a type, named ones first.
fn typed(items: &[Item], name_type: NameType, nth: usize) -> Option<usize> {
    let of = |named: bool| {
        let items = items.iter().enumerate();
        items.filter(move |(_, item)| item.name_type == name_type && item.name.is_some() == named).map(|at| at.0)
    };
    of(true).chain(of(false)).nth(nth)
}

fn first(items: &[Item], wanted: impl Fn(&Item) -> bool) -> Option<usize> {
    let named = items.iter().position(|item| wanted(item) && item.name.is_some());
    named.or_else(|| items.iter().position(wanted))
}

/// The item that an act with one object is about.
fn best(items: &[Item]) -> Option<usize> {
    let rank = |item: &Item| {
        let by_type = match item.name_type {
            NameType::Create => 0,
            NameType::Delete => 1,
            NameType::Normal => 2,
            NameType::Unknown => 3,
            NameType::Parent => return None,
        };
        Some((item.name.is_none(), by_type))
    };
    (0..items.len()).filter(|&at| rank(&items[at]).is_some()).min_by_key(|&at| rank(&items[at]))
}

/// Roles of a rename: the created name is the target, the removed name with its inode the source, and
/// another removed name is what was overwritten. Gives the second created name of an exchange.
fn rename(items: &[Item], roles: &mut [Option<Role>]) -> Option<usize> {
    let target = typed(items, NameType::Create, 0);
    let removed = [typed(items, NameType::Delete, 0), typed(items, NameType::Delete, 1)];
    let same = |left: usize, right: usize| {
        items[left].inode.is_some()
            && items[left].inode == items[right].inode
            && items[left].device == items[right].device
    };
    let is_source = |at: Option<usize>| at.zip(target).is_some_and(|(at, target)| same(at, target));
    let swapped = is_source(removed[1]) && !is_source(removed[0]);
    let (source, replaced) = if swapped { (removed[1], removed[0]) } else { (removed[0], removed[1]) };
    set(roles, target, Role::Target);
    set(roles, source, Role::Source);
    let second = typed(items, NameType::Create, 1);
    let replaced_by_name = replaced.zip(target).is_some_and(|(at, target)| items[at].name == items[target].name);
    // A removed name without name or of another name comes from the layer below an overlay.
    if replaced_by_name {
        set(roles, replaced, Role::Replaced);
    }
    second.filter(|&at| items[at].name.is_some() && source.is_some_and(|source| items[source].name == items[at].name))
}

/// The way back of an exchange: what the target's name meant before goes to the source's name.
fn exchanged(objects: &[Object]) -> Vec<Object> {
    let of = |role| objects.iter().find(|object| object.role == role).cloned();
    let (Some(source), Some(target), Some(replaced)) = (of(Role::Source), of(Role::Target), of(Role::Replaced)) else {
        return Vec::new();
    };
    let back = Object { role: Role::Target, name: source.name, created: true, ..replaced.clone() };
    let from = Object { role: Role::Source, name: target.name, created: false, ..replaced };
    vec![from, back]
}

impl Reading {
    fn object(&mut self, item: Item, role: Role, bases: &Bases<'_>, parents: &[Option<Vec<u8>>; 2]) {
        let is_source = matches!(role, Role::Source | Role::SourceParent);
        let dirfd = if is_source { bases.source_dir } else { bases.target_dir };
        let parent = parents[usize::from(!is_source)].as_deref();
        let is_parent = matches!(role, Role::SourceParent | Role::TargetParent);
        let name = match item.name {
            // The kernel's stand-in for a directory it has no name of is the working directory; where the record of that is
            // lost, nobody can tell.
            Some(name) if is_parent && dirfd.is_some() && bases.cwd.is_none_or(|cwd| cwd == name) => None,
            Some(name) => Some(absolute(name, bases.cwd, dirfd, if is_parent { None } else { parent })),
            None => None,
        };
        let stayed_relative = name.as_ref().is_some_and(|name| !name.starts_with(b"/")) || is_parent && name.is_none();
        if let (true, Some(dirfd)) = (stayed_relative, dirfd) {
            let fact = if is_source { &mut self.source_dirfd } else { &mut self.dirfd };
            *fact = Some(dirfd);
        }
        let kind = item.mode.map_or(ObjectKind::File, kind_of_mode);
        let is_device = matches!(kind, ObjectKind::BlockDevice | ObjectKind::CharDevice);
        self.objects.push(Object {
            name: name.map(Bytes),
            inode: item.inode,
            device: item.device,
            rdev: item.rdev.filter(|rdev| is_device || *rdev != Device { major: 0, minor: 0 }),
            mode: item.mode,
            uid: item.uid,
            created: item.name_type == NameType::Create,
            ..Object::new(role, kind)
        });
    }
}

/// Makes a name absolute where the records allow it, else leaves it as it is.
fn absolute(name: Vec<u8>, cwd: Option<&[u8]>, dirfd: Option<u64>, parent: Option<&[u8]>) -> Vec<u8> {
    if name.starts_with(b"/") {
        return name;
    }
    let is_bare = !name.contains(&b'/');
    match parent {
        // The kernel logs a bare name beside a parent that it knows by its full name, when a link led there.
        Some(parent) if is_bare && parent.starts_with(b"/") && cwd.map_or(dirfd.is_none(), |cwd| cwd != parent) => {
            return join(parent, &name);
        }
        Some(parent) if is_bare && !parent.starts_with(b"/") && dirfd.is_none() => {
            return match cwd {
                Some(cwd) => join(&join(cwd, parent), &name),
                None => join(parent, &name),
            };
        }
        _ => {}
    }
    match (cwd, dirfd) {
        (Some(cwd), None) => join(cwd, &name),
        _ => name,
    }
}

/// Joins two paths without doubling the slash, and drops `.` components; `..` stays, because what it
/// means depends on links.
fn join(base: &[u8], name: &[u8]) -> Vec<u8> {
    let mut out = base.to_vec();
    for part in name.split(|&byte| byte == b'/').filter(|part| !part.is_empty() && *part != b".") {
        if !out.ends_with(b"/") {
            out.push(b'/');
        }
        out.extend_from_slice(part);
    }
    if name.ends_with(b"/") && !out.ends_with(b"/") {
        out.push(b'/');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(name: &str, cwd: Option<&str>, dirfd: Option<u64>, parent: Option<&str>) -> String {
        let bytes = absolute(name.as_bytes().to_vec(), cwd.map(str::as_bytes), dirfd, parent.map(str::as_bytes));
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn names_become_absolute_only_where_the_records_say_how() {
        assert_eq!(text("/a", Some("/w"), Some(3), None), "/a");
        assert_eq!(text("./a/b", Some("/w"), None, None), "/w/a/b");
        assert_eq!(text(".", Some("/w"), None, None), "/w");
        assert_eq!(text("../a", Some("/w"), None, None), "/w/../a");
        assert_eq!(text("a", None, None, None), "a");
        assert_eq!(text("a", Some("/"), None, Some("/")), "/a");
        assert_eq!(text("a", Some("/w"), Some(5), Some("/w")), "a", "PARENT shows the working directory by default");
        assert_eq!(text("b", Some("/w"), None, Some("sub/")), "/w/sub/b");
        assert_eq!(text("real", Some("/w"), None, Some("/etc/")), "/etc/real");
    }
}

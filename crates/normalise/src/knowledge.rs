//! What the evidence teaches about places on the host: which inode lies where.

use std::collections::{BTreeMap, BTreeSet};

use model::{Bytes, Device};

use crate::memory::PLACE_BYTES_MAX;

/// Bytes of a place beside its path: its entry in the map and the path's allocation.
const PLACE_BYTES: usize = 96;

/// Most bind mounts that are remembered from clients' arguments; a host's clients ask for few different ones.
const CLIENT_BINDS_MAX: usize = 10_000;

/// Host paths by device and inode, learnt from processes that see the host's own file system.
#[derive(Debug, Default)]
pub(crate) struct Knowledge {
    directories: BTreeMap<(Device, u64), Bytes>,
    directory_bytes: usize,
    files: Files,
    /// Bytes that may be added to directories and to files.
    pub(crate) room: (usize, usize),
    /// Places that were forgotten or not taken in.
    pub(crate) forgotten: u64,
    file_systems: BTreeMap<Device, Bytes>,
    /// Device and inode of the host's root directory.
    pub(crate) host_root: Option<(Device, u64)>,
    /// Host directory and path inside, from the arguments of container clients.
    pub(crate) client_binds: BTreeSet<(Bytes, Bytes)>,
}

impl Knowledge {
    /// Learns that a directory lies at `path`. The first sight stays: later ones may be bind mounts.
    pub(crate) fn learn_directory(&mut self, id: (Device, u64), path: &Bytes) {
        if !path.as_bytes().starts_with(b"/") || self.directories.contains_key(&id) {
            return;
        }
        if path.as_bytes() == b"/" {
            self.host_root.get_or_insert(id);
        }
        let bytes = cost(path);
        if bytes > self.room.0 {
            self.forgotten += 1;
            return;
        }
        self.room.0 -= bytes;
        self.directory_bytes += bytes;
        self.directories.insert(id, trimmed(path));
    }

    /// Learns what a client asked to be mounted.
    pub(crate) fn learn_client_binds(&mut self, binds: Vec<(Bytes, Bytes)>) {
        let room = CLIENT_BINDS_MAX.saturating_sub(self.client_binds.len());
        self.client_binds.extend(binds.into_iter().take(room));
    }

    /// Forgets where a file lies: its name is gone, and its inode number can come again.
    pub(crate) fn forget_file(&mut self, id: (Device, u64)) {
        self.files.remove(id);
    }

    /// Learns that a file lies at `path`. The last sight stays: names move.
    pub(crate) fn learn_file(&mut self, id: (Device, u64), path: &Bytes) {
        if path.as_bytes().starts_with(b"/") {
            self.forgotten += self.files.insert(id, path, &mut self.room.1);
        }
    }

    /// Learns where the host has mounted a device.
    pub(crate) fn learn_file_system(&mut self, device: Device, path: &Bytes) {
        if path.as_bytes().starts_with(b"/") {
            self.file_systems.entry(device).or_insert_with(|| trimmed(path));
        }
    }

    /// Where the directories of each device lie.
    pub(crate) fn paths_by_device(&self) -> Paths<'_> {
        Paths(self.directories.iter().map(|((device, _), path)| (*device, path.as_bytes())).collect())
    }

    /// Bytes of directories and of files, about.
    pub(crate) fn bytes(&self) -> (usize, usize) {
        (self.directory_bytes, self.files.young_bytes + self.files.old_bytes)
    }

    /// Where the directory lies.
    pub(crate) fn directory(&self, id: (Device, u64)) -> Option<&Bytes> {
        self.directories.get(&id)
    }

    /// Where the file was last seen.
    pub(crate) fn file(&self, id: (Device, u64)) -> Option<&Bytes> {
        self.files.get(id)
    }

    /// Where the host has mounted the device.
    pub(crate) fn file_system(&self, device: Device) -> Option<&Bytes> {
        self.file_systems.get(&device)
    }

    /// Whether any inode of the device was seen through the host's own view.
    pub(crate) fn host_uses(&self, device: Device) -> bool {
        let (from, to) = ((device, 0), (device, u64::MAX));
        self.directories.range(from..=to).next().is_some() || self.files.any(from, to)
    }
}

/// Paths of directories on the host, by device.
pub(crate) struct Paths<'k>(BTreeSet<(Device, &'k [u8])>);

impl Paths<'_> {
    /// Whether any directory of the device is known to lie at or below `top` on the host.
    pub(crate) fn lies_below(&self, device: Device, top: &Bytes) -> bool {
        let top = top.as_bytes().strip_suffix(b"/").unwrap_or(top.as_bytes());
        let below = [top, b"/"].concat();
        self.0.contains(&(device, top))
            || (self.0.range((device, &below[..])..).next())
                .is_some_and(|(of, path)| *of == device && path.starts_with(&below))
    }
}

fn cost(path: &Bytes) -> usize {
    PLACE_BYTES + path.as_bytes().len()
}

/// Where files were last seen, in two generations: when there is no room, the older one goes.
#[derive(Debug, Default)]
struct Files {
    young: BTreeMap<(Device, u64), Bytes>,
    old: BTreeMap<(Device, u64), Bytes>,
    young_bytes: usize,
    old_bytes: usize,
}

impl Files {
    fn get(&self, id: (Device, u64)) -> Option<&Bytes> {
        self.young.get(&id).or_else(|| self.old.get(&id))
    }

    fn any(&self, from: (Device, u64), to: (Device, u64)) -> bool {
        [&self.young, &self.old].iter().any(|files| files.range(from..=to).next().is_some())
    }

    fn remove(&mut self, id: (Device, u64)) {
        let bytes = |path: Option<Bytes>| path.as_ref().map_or(0, cost);
        self.young_bytes = self.young_bytes.saturating_sub(bytes(self.young.remove(&id)));
        self.old_bytes = self.old_bytes.saturating_sub(bytes(self.old.remove(&id)));
    }

    /// Takes a place in; returns how many had to go for it, or 1 if it had no room itself.
    fn insert(&mut self, id: (Device, u64), path: &Bytes, room: &mut usize) -> u64 {
        self.remove(id);
        let bytes = cost(path);
        let mut gone = 0;
        if bytes > *room || self.young_bytes + bytes > PLACE_BYTES_MAX / 2 {
            gone = self.old.len() as u64;
            *room += self.old_bytes;
            self.old = std::mem::take(&mut self.young);
            self.old_bytes = std::mem::take(&mut self.young_bytes);
        }
        if bytes > *room {
            return gone + 1;
        }
        *room -= bytes;
        self.young_bytes += bytes;
        self.young.insert(id, path.clone());
        gone
    }
}

fn trimmed(path: &Bytes) -> Bytes {
    let bytes = path.as_bytes();
    match bytes.strip_suffix(b"/") {
        Some(rest) if !rest.is_empty() => Bytes::from(rest),
        _ => path.clone(),
    }
}

/// `directory` joined with a relative `name`.
pub(crate) fn join(directory: &[u8], name: &[u8]) -> Bytes {
    let mut path = directory.strip_suffix(b"/").unwrap_or(directory).to_vec();
    path.push(b'/');
    path.extend_from_slice(name.strip_prefix(b"/").unwrap_or(name));
    Bytes(path)
}

/// The absolute path without empty and `.` components and with `..` taken back. `None` for a relative path.
///
/// Taking `..` back by text is right only where no symbolic link precedes it; the kernel's own
/// absolute names (CWD, PARENT) contain none, and names from arguments are marked by the inode rules first.
pub(crate) fn normal(path: &Bytes) -> Option<Bytes> {
    if !path.as_bytes().starts_with(b"/") {
        return None;
    }
    let mut parts: Vec<&[u8]> = Vec::new();
    for part in path.as_bytes().split(|&byte| byte == b'/') {
        match part {
            b"" | b"." => {}
            b".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    let mut out = Vec::with_capacity(path.as_bytes().len());
    for part in parts {
        out.push(b'/');
        out.extend_from_slice(part);
    }
    Some(if out.is_empty() { Bytes::from("/") } else { Bytes(out) })
}

/// The rest of `path` below `prefix`, without a leading slash; `None` when it does not lie below.
pub(crate) fn below<'a>(path: &'a Bytes, prefix: &[u8]) -> Option<&'a [u8]> {
    let prefix = prefix.strip_suffix(b"/").unwrap_or(prefix);
    let rest = path.as_bytes().strip_prefix(prefix)?;
    match rest.first() {
        None => Some(rest),
        Some(b'/') => Some(&rest[1..]),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// The index finds what going through all directories finds.
        #[test]
        fn paths_below_are_found_as_by_going_through_all(
            paths in prop::collection::vec((0_u32..3, "(/(a|b|ab|a-)){1,3}|/"), 0..20),
            top in "(/(a|b|ab|a-)){0,2}/?",
        ) {
            let mut knowledge = Knowledge { room: (usize::MAX, usize::MAX), ..Knowledge::default() };
            for (inode, (minor, path)) in paths.iter().enumerate() {
                let device = Device { major: 8, minor: *minor };
                knowledge.learn_directory((device, inode as u64), &Bytes::from(path.as_str()));
            }
            let (index, top) = (knowledge.paths_by_device(), Bytes::from(top.as_str()));
            for minor in 0..3 {
                let below = |(of, path): &(u32, String)| *of == minor && trimmed(&Bytes::from(path.as_str())).is_within(top.as_bytes());
                let device = Device { major: 8, minor };
                prop_assert_eq!(index.lies_below(device, &top), paths.iter().any(below), "{:?} {:?}", paths, top);
            }
        }
    }

    #[test]
    fn paths_are_normalised_by_text() {
        for (path, expected) in [("/a//b/./c/../d", "/a/b/d"), ("/..", "/"), ("/", "/")] {
            assert_eq!(normal(&Bytes::from(path)), Some(Bytes::from(expected)));
        }
        assert_eq!(normal(&Bytes::from("a/b")), None);
        assert_eq!(below(&Bytes::from("/host/etc"), b"/host"), Some(&b"etc"[..]));
        assert_eq!(below(&Bytes::from("/hostile"), b"/host"), None);
        assert_eq!(below(&Bytes::from("/x"), b"/"), Some(&b"x"[..]));
    }
}

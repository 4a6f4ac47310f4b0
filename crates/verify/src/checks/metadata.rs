//! V2: type, mode, owner, size, modification time, extended attributes and link text equal the version's.
//!
//! A directory's modification time is stated, not judged: every entry that is restored into it, or that
//! a service makes meanwhile, changes it.

use model::{EntryKind, Rung, Xattr};

use crate::{Check, Expected, Observed, Owners, Reply};

pub(super) struct Metadata;

impl Check for Metadata {
    fn name(&self) -> &'static str {
        "metadata"
    }

    fn rung(&self) -> Rung {
        Rung::V2
    }

    fn applies(&self, expected: &Expected, observed: &Observed) -> bool {
        expected.metadata().is_some() && observed.metadata().is_some()
    }

    fn check(&self, expected: &Expected, observed: &Observed) -> Reply {
        let (Some(wanted), Some(found)) = (expected.metadata(), observed.metadata()) else {
            return Reply::cannot_tell("metadata", "nothing to compare");
        };
        let mut seen = Comparison { owners: expected.owners, ..Comparison::default() };
        seen.kind(&wanted.entry, &found.entry);
        let is_link = matches!(wanted.entry, EntryKind::Symlink { .. });
        let is_directory = wanted.entry == EntryKind::Directory;
        // Linux gives every link the mode 0777; it cannot be set.
        if !is_link {
            seen.field("mode", wanted.mode, found.mode, |mode| format!("{mode:04o}"));
        }
        seen.owner("uid", wanted.uid, found.uid);
        seen.owner("gid", wanted.gid, found.gid);
        if wanted.entry == EntryKind::File {
            seen.field("size", wanted.size, found.size, |size| size.to_string());
        }
        match (is_directory, wanted.modified, found.modified) {
            (true, Some(wanted), Some(found)) if wanted != found => {
                seen.stated.push(format!("modified {found}, was {wanted}"));
            }
            (true, _, _) => {}
            (false, wanted, found) => seen.field("modified", wanted, found, |time| time.to_string()),
        }
        seen.xattrs(wanted.xattrs.as_deref(), found.xattrs.as_deref());
        seen.reply()
    }
}

#[derive(Default)]
struct Comparison {
    owners: Owners,
    equal: Vec<&'static str>,
    differing: Vec<String>,
    /// Deviations that do not fail the rung.
    stated: Vec<String>,
    unknown: Vec<&'static str>,
}

impl Comparison {
    fn kind(&mut self, wanted: &EntryKind, found: &EntryKind) {
        let name = |entry: &EntryKind| match entry {
            EntryKind::File => "file".to_string(),
            EntryKind::Directory => "directory".to_string(),
            EntryKind::Symlink { target } => format!("link to {target}"),
            EntryKind::Special { what } => crate::short(what),
        };
        if wanted == found {
            self.equal.push("type");
        } else {
            self.differing.push(format!("{} instead of {}", name(found), name(wanted)));
        }
    }

    fn field<T: PartialEq>(
        &mut self,
        name: &'static str,
        wanted: Option<T>,
        found: Option<T>,
        show: impl Fn(&T) -> String,
    ) {
        match (wanted, found) {
            (Some(wanted), Some(found)) if wanted == found => self.equal.push(name),
            (Some(wanted), Some(found)) => {
                self.differing.push(format!("{name} {} instead of {}", show(&found), show(&wanted)));
            }
            _ => self.unknown.push(name),
        }
    }

    fn owner(&mut self, name: &'static str, wanted: Option<u32>, found: Option<u32>) {
        match (wanted, found) {
            (Some(wanted), Some(found)) if wanted != found && self.owners == Owners::CannotBeSet => {
                self.stated
                    .push(format!("{name} {found} instead of {wanted}: restored without the right to set owners"));
            }
            _ => self.field(name, wanted, found, u32::to_string),
        }
    }

    fn xattrs(&mut self, wanted: Option<&[Xattr]>, found: Option<&[Xattr]>) {
        let (Some(wanted), Some(found)) = (wanted, found) else {
            self.unknown.push("extended attributes");
            return;
        };
        let differing = self.differing.len();
        for attribute in wanted.iter().filter(|attribute| !found.contains(attribute)) {
            let name = &attribute.name;
            let privileged = name.0.starts_with(b"trusted.") || name.0.starts_with(b"security.");
            if privileged && self.owners == Owners::CannotBeSet {
                self.stated.push(format!("attribute {name} not set: restored without the right to set it"));
            } else {
                self.differing.push(format!("attribute {name} is missing or differs"));
            }
        }
        for attribute in found.iter().filter(|attribute| !wanted.iter().any(|other| other.name == attribute.name)) {
            self.differing.push(format!("attribute {} was not in the version", attribute.name));
        }
        if self.differing.len() == differing {
            self.equal.push("extended attributes");
        }
    }

    fn reply(self) -> Reply {
        let mut proof = Vec::new();
        if !self.differing.is_empty() {
            proof.push(self.differing.join("; "));
        }
        if !self.equal.is_empty() {
            proof.push(format!("equal: {}", self.equal.join(", ")));
        }
        if !self.stated.is_empty() {
            proof.push(format!("deviating: {}", self.stated.join("; ")));
        }
        if !self.unknown.is_empty() {
            proof.push(format!("not known on both sides: {}", self.unknown.join(", ")));
        }
        let proof = proof.join(" · ");
        if !self.differing.is_empty() {
            return Reply::no(proof);
        }
        // Type and size are what every source knows; they do not make metadata equal.
        let telling = self.equal.iter().any(|name| !["type", "size"].contains(name)) || !self.stated.is_empty();
        if !telling && !self.unknown.is_empty() {
            return Reply::cannot_tell("metadata in the backup source", proof);
        }
        Reply::yes(proof)
    }
}

//! V1: the bytes equal the chosen version's, read through the page cache and past it. For a link, its
//! text; for a quarantined object, what lies in quarantine equals what stood at the path.

use model::{EntryKind, Fingerprint, Rung, Sha256};

use crate::{Check, Expected, Observed, Reply, Wanted};

pub(super) struct Bytes;

impl Check for Bytes {
    fn name(&self) -> &'static str {
        "bytes"
    }

    fn rung(&self) -> Rung {
        Rung::V1
    }

    fn applies(&self, expected: &Expected, _: &Observed) -> bool {
        match &expected.wanted {
            Wanted::Version { metadata, .. } => matches!(metadata.entry, EntryKind::File | EntryKind::Symlink { .. }),
            Wanted::Nothing { .. } => true,
        }
    }

    fn check(&self, expected: &Expected, observed: &Observed) -> Reply {
        match &expected.wanted {
            Wanted::Nothing { before } => quarantined(before, observed.quarantined.as_ref()),
            Wanted::Version { metadata, sha256 } => match &metadata.entry {
                EntryKind::Symlink { target } => link(target, observed),
                _ => file(*sha256, observed),
            },
        }
    }
}

fn file(wanted: Option<Sha256>, observed: &Observed) -> Reply {
    let Some(metadata) = observed.metadata() else { return Reply::no("nothing is there to compare") };
    if metadata.entry != EntryKind::File {
        return Reply::no("what is there is no regular file");
    }
    let Some(found) = observed.sha256.or_else(|| observed.bytes().map(Sha256::of)) else {
        return Reply::cannot_tell("a reading of the content", "the content was not read");
    };
    if let Some(content) = observed.bytes()
        && Sha256::of(content) != found
    {
        return Reply::no(format!(
            "two readings differ: SHA-256 {found} and {}; it changes while it is read",
            Sha256::of(content)
        ));
    }
    if let Some(uncached) = observed.sha256_uncached
        && uncached != found
    {
        return Reply::no(format!(
            "the page cache shows SHA-256 {found}, the disk holds {uncached}: one of the two was tampered with"
        ));
    }
    match wanted {
        None => Reply::cannot_tell("the SHA-256 of the chosen version", format!("found SHA-256 {found}")),
        Some(wanted) if wanted == found => {
            let past =
                if observed.sha256_uncached.is_some() { ", read through the page cache and past it" } else { "" };
            Reply::yes(format!("SHA-256 {found}{past}"))
        }
        Some(wanted) => Reply::no(format!("SHA-256 {found} instead of {wanted}")),
    }
}

fn link(wanted: &model::Bytes, observed: &Observed) -> Reply {
    match observed.metadata().map(|metadata| &metadata.entry) {
        Some(EntryKind::Symlink { target }) if target == wanted => Reply::yes(format!("link to {target}")),
        Some(EntryKind::Symlink { target }) => Reply::no(format!("link to {target} instead of {wanted}")),
        Some(_) => Reply::no("what is there is no symbolic link"),
        None => Reply::no("nothing is there to compare"),
    }
}

fn quarantined(before: &Fingerprint, found: Option<&Fingerprint>) -> Reply {
    let Fingerprint::Something { kind, size, sha256, inode, .. } = before else {
        return Reply::yes("nothing stood there before");
    };
    match found {
        None => Reply::cannot_tell("a look at the quarantined copy", "the quarantine was not read"),
        Some(Fingerprint::Nothing) => Reply::no("what stood there is not in quarantine"),
        Some(Fingerprint::Something {
            kind: found_kind,
            size: found_size,
            sha256: found_sha256,
            inode: found_inode,
            ..
        }) => {
            if found_kind != kind {
                return Reply::no(format!("the quarantine holds a {found_kind} instead of a {kind}"));
            }
            match (sha256, found_sha256) {
                (Some(wanted), Some(found)) if wanted == found && size == found_size => {
                    Reply::yes(format!("the quarantined copy has SHA-256 {found}, as what stood there had"))
                }
                (Some(wanted), Some(found)) => {
                    Reply::no(format!("the quarantined copy has SHA-256 {found} instead of {wanted}"))
                }
                // Directories and special files have no content: moved on one file system, they keep their inode.
                _ if inode == found_inode => Reply::yes(format!("the same {kind}, inode {inode}, lies in quarantine")),
                _ => Reply::cannot_tell(
                    "a hash or an inode that stayed",
                    format!("a {kind} lies in quarantine under another inode"),
                ),
            }
        }
    }
}

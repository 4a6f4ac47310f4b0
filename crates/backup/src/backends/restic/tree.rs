//! A tree blob: the entries of one directory, with hostile names kept apart.
//!
//! Source: restic design document, "Trees and Data", and restic's `node.go`: names are escaped as Go's
//! `strconv.Quote` does, modes have Go's `os.FileMode` layout.

use std::borrow::Cow;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use model::{Bytes, ContentRef, EntryKind, Metadata, Sha256, Timestamp, Xattr};
use serde::Deserialize;

/// Go's `os.ModeSetuid`, `os.ModeSetgid` and `os.ModeSticky`, beside Linux's bits.
const GO_MODE_BITS: [(u32, u32); 3] = [(1 << 23, 0o4000), (1 << 22, 0o2000), (1 << 20, 0o1000)];

#[derive(Deserialize)]
struct RawTree<'a> {
    #[serde(borrow)]
    nodes: Option<Vec<Node<'a>>>,
}

/// An entry as it is stored.
#[derive(Deserialize)]
pub(super) struct Node<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
    mode: Option<u32>,
    #[serde(borrow)]
    mtime: Option<Cow<'a, str>>,
    uid: Option<u32>,
    gid: Option<u32>,
    inode: Option<u64>,
    device_id: Option<u64>,
    size: Option<u64>,
    links: Option<u64>,
    linktarget: Option<String>,
    linktarget_raw: Option<String>,
    extended_attributes: Option<Vec<RawXattr>>,
    content: Option<Vec<Sha256>>,
    pub subtree: Option<Sha256>,
}

#[derive(Deserialize)]
struct RawXattr {
    name: String,
    value: Option<String>,
}

/// The entries of a directory, sorted by name.
pub(super) struct Tree<'a> {
    pub entries: Vec<(Vec<u8>, Node<'a>)>,
    /// Names as stored that are no plain names, or stand twice: nothing is believed of these.
    pub refused: Vec<String>,
}

/// Reads the entries of a tree blob.
pub(super) fn parse(bytes: &[u8]) -> Result<Tree<'_>, String> {
    let raw: RawTree<'_> =
        serde_json::from_slice(bytes).map_err(|cause| format!("a directory is no valid tree: {cause}"))?;
    let mut tree = Tree { entries: Vec::new(), refused: Vec::new() };
    for node in raw.nodes.unwrap_or_default() {
        match unescape(&node.name).filter(|name| stdx::safe_name::check(name).is_ok()) {
            Some(name) => tree.entries.push((name, node)),
            None => tree.refused.push(node.name.into_owned()),
        }
    }
    tree.entries.sort_by(|one, other| one.0.cmp(&other.0));
    // Which of two entries of one name a restore would take is nobody's guess: neither.
    let twice: Vec<Vec<u8>> =
        tree.entries.windows(2).filter(|pair| pair[0].0 == pair[1].0).map(|pair| pair[0].0.clone()).collect();
    if !twice.is_empty() {
        tree.refused.extend(twice.iter().map(|name| Bytes::from(name.as_slice()).to_text()));
        tree.entries.retain(|(name, _)| twice.binary_search(name).is_err());
    }
    Ok(tree)
}

impl Tree<'_> {
    pub(super) fn get(&self, name: &[u8]) -> Option<&Node<'_>> {
        let at = self.entries.binary_search_by(|(known, _)| known.as_slice().cmp(name)).ok()?;
        self.entries.get(at).map(|(_, node)| node)
    }

    /// What must be said of a name that is not among the entries.
    pub(super) fn doubt(&self) -> Option<String> {
        let first = self.refused.first()?;
        Some(format!(
            "its directory holds an entry with the forbidden or repeated name {:?}",
            model::display_safe(first)
        ))
    }
}

impl Node<'_> {
    pub(super) fn is_directory(&self) -> bool {
        self.kind == "dir"
    }

    pub(super) fn inode_key(&self) -> Option<crate::InodeKey> {
        Some(crate::InodeKey { device: self.device_id?, inode: self.inode? })
    }

    /// Metadata and content, as a version holds them. Fails for kinds that are not known and for
    /// directories without a tree.
    pub(super) fn version(&self) -> Result<(Metadata, ContentRef), String> {
        let entry = self.entry()?;
        let content = match entry {
            EntryKind::File => {
                let blobs = self.content.clone().unwrap_or_default();
                // One blob's id is the hash of the whole.
                let sha256 = match blobs.as_slice() {
                    [] => Some(Sha256::of(b"")),
                    [one] => Some(*one),
                    _ => None,
                };
                ContentRef::Blobs { blobs, sha256 }
            }
            EntryKind::Directory if self.subtree.is_none() => return Err("a directory without a tree".to_string()),
            _ => ContentRef::Empty,
        };
        let size = (entry == EntryKind::File).then_some(self.size.unwrap_or(0));
        if matches!(&content, ContentRef::Blobs { blobs, .. } if blobs.is_empty()) && size != Some(0) {
            return Err("a file with a size but without content".to_string());
        }
        let metadata = Metadata {
            entry,
            mode: self.mode.map(linux_mode),
            uid: self.uid,
            gid: self.gid,
            size,
            modified: self.mtime.as_deref().and_then(|text| Timestamp::parse(text).ok()),
            inode: self.inode.filter(|inode| *inode != 0),
            links: self.links.filter(|links| *links != 0),
            xattrs: Some(self.xattrs()?),
        };
        Ok((metadata, content))
    }

    fn entry(&self) -> Result<EntryKind, String> {
        let special = |what: &str| EntryKind::Special { what: what.to_string() };
        Ok(match self.kind.as_ref() {
            "file" => EntryKind::File,
            "dir" => EntryKind::Directory,
            "symlink" => EntryKind::Symlink { target: self.target()? },
            "dev" => special("block"),
            "chardev" => special("char"),
            "fifo" => special("fifo"),
            "socket" => special("socket"),
            other => return Err(format!("an entry of the unknown kind {:?}", model::display_safe(other))),
        })
    }

    fn target(&self) -> Result<Bytes, String> {
        match (&self.linktarget_raw, &self.linktarget) {
            (Some(raw), _) => STANDARD.decode(raw).map(Bytes).map_err(|cause| format!("a link target: {cause}")),
            // restic before 0.16 kept no raw target, and Go's JSON writes U+FFFD for what is not UTF-8.
            (None, Some(text)) if text.contains('\u{fffd}') => {
                Err("a symbolic link whose target is not UTF-8 and was not kept exactly".to_string())
            }
            (None, Some(text)) => Ok(Bytes::from(text.as_str())),
            (None, None) => Err("a symbolic link without a target".to_string()),
        }
    }

    fn xattrs(&self) -> Result<Vec<Xattr>, String> {
        let mut xattrs = Vec::new();
        for raw in self.extended_attributes.iter().flatten() {
            let value = STANDARD.decode(raw.value.as_deref().unwrap_or_default());
            let value = value.map_err(|cause| format!("an extended attribute: {cause}"))?;
            xattrs.push(Xattr { name: Bytes::from(raw.name.as_str()), value: Bytes(value) });
        }
        xattrs.sort();
        Ok(xattrs)
    }
}

fn linux_mode(go: u32) -> u32 {
    let mut mode = go & 0o777;
    for (theirs, ours) in GO_MODE_BITS {
        if go & theirs != 0 {
            mode |= ours;
        }
    }
    mode
}

/// Undoes Go's `strconv.Quote`; `None` for an escape that it does not make.
fn unescape(text: &str) -> Option<Vec<u8>> {
    let mut name = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'\\' {
            name.push(byte);
            continue;
        }
        let (&escape, after) = rest.split_first()?;
        rest = after;
        let plain = match escape {
            b'a' => 7,
            b'b' => 8,
            b'f' => 12,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'v' => 11,
            b'\\' | b'\'' | b'"' | b'`' => escape,
            b'x' => u8::try_from(hex(&mut rest, 2)?).ok()?,
            b'u' | b'U' => {
                let character = char::from_u32(hex(&mut rest, if escape == b'u' { 4 } else { 8 })?)?;
                name.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                continue;
            }
            _ => return None,
        };
        name.push(plain);
    }
    Some(name)
}

fn hex(rest: &mut &[u8], count: usize) -> Option<u32> {
    let (digits, after) = rest.split_at_checked(count)?;
    *rest = after;
    digits.iter().try_fold(0_u32, |sum, &digit| Some(sum << 4 | (digit as char).to_digit(16)?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn names(json: &str) -> (Vec<String>, Vec<String>) {
        let tree = parse(json.as_bytes()).unwrap();
        (tree.entries.iter().map(|(name, _)| Bytes::from(name.as_slice()).to_text()).collect(), tree.refused)
    }

    #[test]
    fn names_that_lead_elsewhere_or_stand_twice_are_refused() {
        let entry = |name: &str| format!(r#"{{"name":"{name}","type":"file"}}"#);
        let hostile =
            ["..", ".", "", "a/b", "/etc/passwd", "\\\\x2e\\\\x2e", "a\\\\x00b", "\\\\q", "\\\\", "two", "two"];
        let json = format!(r#"{{"nodes":[{},{}]}}"#, entry("good"), hostile.map(entry).join(","));
        let (kept, refused) = names(&json);
        assert_eq!(kept, ["good"]);
        assert_eq!(refused.len(), 10, "{refused:?}");
        assert!(parse(json.as_bytes()).unwrap().doubt().unwrap().contains("forbidden"));
    }

    #[test]
    fn escaped_names_are_read() {
        let (kept, _) = names(r#"{"nodes":[{"name":"n\\xff\\n\\u200b\\U0001f600\\\"\\\\","type":"file"}]}"#);
        assert_eq!(Bytes::from_text(&kept[0]).0, b"n\xff\n\xe2\x80\x8b\xf0\x9f\x98\x80\"\\");
        assert_eq!(names(r#"{"nodes":null}"#).0.len(), 0);
    }

    #[test]
    fn modes_are_translated_from_go() {
        assert_eq!(linux_mode(1 << 31 | 1 << 20 | 0o777), 0o1777);
        assert_eq!(linux_mode(1 << 23 | 0o755), 0o4755);
    }

    #[test]
    fn entries_that_contradict_themselves_are_no_versions() {
        let version = |json: &str| {
            let json = format!(r#"{{"nodes":[{json}]}}"#);
            parse(json.as_bytes()).unwrap().entries[0].1.version().map(|_| ())
        };
        assert!(version(r#"{"name":"a","type":"file","size":5,"content":null}"#).is_err());
        assert!(version(r#"{"name":"a","type":"file","size":0,"content":[]}"#).is_ok());
        assert!(version(r#"{"name":"a","type":"dir"}"#).is_err());
        assert!(version(r#"{"name":"a","type":"symlink"}"#).is_err());
        assert!(version("{\"name\":\"a\",\"type\":\"symlink\",\"linktarget\":\"a\u{fffd}\"}").is_err());
        let raw = "{\"name\":\"a\",\"type\":\"symlink\",\"linktarget\":\"\u{fffd}\",\"linktarget_raw\":\"/w==\"}";
        assert!(version(raw).is_ok());
        assert!(version(r#"{"name":"a","type":"portal"}"#).is_err());
    }

    proptest! {
        #[test]
        fn no_tree_text_panics(text in r#"\{"nodes":\[(\{"name":"[a-z\\./x0-9]{0,6}","type":"(file|dir|symlink)"\},?){0,3}\]\}"#) {
            if let Ok(tree) = parse(text.as_bytes()) {
                for (name, node) in &tree.entries {
                    prop_assert!(stdx::safe_name::check(name).is_ok());
                    let _ = node.version();
                }
            }
        }
    }
}

//! The tree of buckets, read whole: databases of runtimes hold some megabytes.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
};

use model::ProblemKind;

use super::page::{self, Header, Kind, Meta};
use crate::whole::ReadAt;

/// Buckets inside each other; containerd's labels of a snapshot stand 7 deep.
const BUCKET_DEPTH_MAX: usize = 16;
/// Pages from a bucket's root to a leaf; a tree of 20 levels would hold more than any disk.
const TREE_DEPTH_MAX: usize = 32;
/// Bytes of keys and values that are kept: a node with thousands of containers has some ten megabytes.
pub(super) const KEPT_BYTES_MAX: u64 = 256 << 20;
/// Bytes of one page with what overflows from it.
const PAGE_BYTES_MAX: u64 = 64 << 20;

/// A bucket: its values and the buckets within.
#[derive(Debug, Default)]
pub(super) struct Bucket {
    pub(super) values: BTreeMap<Vec<u8>, Vec<u8>>,
    pub(super) buckets: BTreeMap<Vec<u8>, Bucket>,
    /// The page that names it: offset and length.
    pub(super) place: (u64, u64),
}

impl Bucket {
    pub(super) fn is_empty(&self) -> bool {
        self.values.is_empty() && self.buckets.is_empty()
    }

    pub(super) fn bucket(&self, name: &str) -> Option<&Self> {
        self.buckets.get(name.as_bytes())
    }

    /// A value as text.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        let value = self.values.get(name.as_bytes()).filter(|value| !value.is_empty())?;
        Some(crate::state_json::cut(&String::from_utf8_lossy(value)))
    }
}

/// Bytes that are not what their place says.
pub(super) struct Fault {
    pub(super) offset: u64,
    pub(super) length: u64,
    pub(super) kind: ProblemKind,
    pub(super) text: String,
}

/// What a database holds.
pub(super) struct Read {
    pub(super) root: Bucket,
    /// Pages of trees that were read.
    pub(super) pages: u64,
    pub(super) faults: Vec<Fault>,
}

/// Reads everything that the meta page leads to.
pub(super) fn read(bytes: &dyn ReadAt, size: u64, meta: Meta) -> io::Result<Read> {
    let mut reading =
        Reading { bytes, size, page_size: meta.page_size, seen: BTreeSet::new(), kept: 0, faults: vec![] };
    let mut root = Bucket { place: (meta.root * meta.page_size, meta.page_size.min(size)), ..Bucket::default() };
    reading.page(meta.root, &mut root, 0, 0)?;
    Ok(Read { root, pages: reading.seen.len() as u64, faults: reading.faults })
}

struct Reading<'a> {
    bytes: &'a dyn ReadAt,
    size: u64,
    page_size: u64,
    /// Pages that were entered. In a sound database no two places lead to one page; in a hostile one this
    /// bounds the work by the file's size.
    seen: BTreeSet<u64>,
    kept: u64,
    faults: Vec<Fault>,
}

impl Reading<'_> {
    /// Reads page `id` into the bucket it belongs to.
    fn page(&mut self, id: u64, into: &mut Bucket, levels: usize, depth: usize) -> io::Result<()> {
        let Some(offset) = id.checked_mul(self.page_size).filter(|&offset| offset < self.size && id >= 2) else {
            self.fault_of(into, format!("page {id} is named here and lies outside the database"));
            return Ok(());
        };
        if levels > TREE_DEPTH_MAX || !self.seen.insert(id) {
            self.fault_of(into, format!("page {id} is named here and in another place"));
            return Ok(());
        }
        let mut first = vec![0; usize::try_from(self.page_size.min(self.size - offset)).unwrap_or(0)];
        page::fill(self.bytes, &mut first, offset)?;
        let header = Header::read(&first).filter(|header| header.id == id);
        let Some((header, kind)) = header.and_then(|header| Some((header, header.kind()?))) else {
            self.fault(offset, self.page_size, ProblemKind::NotARecord, "no page of a tree, as its place says".into());
            return Ok(());
        };
        let length = (u64::from(header.overflow) + 1).saturating_mul(self.page_size).min(self.size - offset);
        if length > PAGE_BYTES_MAX {
            self.fault(offset, self.page_size, ProblemKind::Bound, format!("a page of {length} bytes"));
            return Ok(());
        }
        if length > self.page_size {
            first.resize(usize::try_from(length).unwrap_or(0), 0);
            page::fill(self.bytes, &mut first, offset)?;
        }
        match kind {
            Kind::Branch => {
                for at in 0..header.elements() {
                    match page::branch_element(&first, at) {
                        Some(child) => self.page(child, into, levels + 1, depth)?,
                        None => return self.cut_off(offset, length),
                    }
                }
            }
            Kind::Leaf => self.leaf(&first, header, (offset, length), into, depth)?,
        }
        Ok(())
    }

    fn leaf(
        &mut self,
        page: &[u8],
        header: Header,
        place: (u64, u64),
        into: &mut Bucket,
        depth: usize,
    ) -> io::Result<()> {
        for at in 0..header.elements() {
            let Some(element) = page::leaf_element(page, at) else { return self.cut_off(place.0, place.1) };
            self.kept += (element.key.len() + element.value.len()) as u64;
            if self.kept > KEPT_BYTES_MAX {
                let text = format!("more than {KEPT_BYTES_MAX} bytes of keys and values; the rest is not read");
                self.fault(place.0, place.1, ProblemKind::Bound, text);
                return Ok(());
            }
            if !element.is_bucket {
                into.values.insert(element.key.to_vec(), element.value.to_vec());
                continue;
            }
            let mut inner = Bucket { place, ..Bucket::default() };
            self.bucket(element.value, &mut inner, depth + 1)?;
            into.buckets.insert(element.key.to_vec(), inner);
        }
        Ok(())
    }

    fn bucket(&mut self, value: &[u8], into: &mut Bucket, depth: usize) -> io::Result<()> {
        if depth > BUCKET_DEPTH_MAX {
            self.fault(into.place.0, into.place.1, ProblemKind::Bound, "buckets too deep inside each other".into());
            return Ok(());
        }
        match page::bucket(value) {
            Some((0, inline)) => match Header::read(inline).filter(|header| header.kind() == Some(Kind::Leaf)) {
                Some(header) => self.leaf(inline, header, into.place, into, depth),
                None => self.cut_off(into.place.0, into.place.1),
            },
            Some((root, _)) => self.page(root, into, 0, depth),
            None => self.cut_off(into.place.0, into.place.1),
        }
    }

    fn cut_off(&mut self, offset: u64, length: u64) -> io::Result<()> {
        self.fault(offset, length, ProblemKind::BadField, "an element points outside its page".into());
        Ok(())
    }

    /// A fault of the page that names a bucket.
    fn fault_of(&mut self, bucket: &Bucket, text: String) {
        self.fault(bucket.place.0, bucket.place.1, ProblemKind::BadField, text);
    }

    fn fault(&mut self, offset: u64, length: u64, kind: ProblemKind, text: String) {
        self.faults.push(Fault { offset, length: length.min(self.size.saturating_sub(offset)), kind, text });
    }
}

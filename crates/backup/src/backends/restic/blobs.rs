//! Where blobs lie, and their bytes, always proven by their SHA-256.
//!
//! One blob may be listed at several places: all are tried. So an index file that somebody with the
//! client's key forged over a good one can neither pass off other bytes nor hide the good ones.

use std::{cell::RefCell, collections::BTreeMap, fs::File, io, rc::Rc};

use model::Sha256;
use serde::Deserialize;
use stdx::positional::ReadAt as _;

use super::{
    seal::{Seal, decompress},
    storage::{Folder, Storage},
};

/// Largest index file, compressed or not. restic splits indexes at about 8 MiB, older versions at some 100 MiB.
const INDEX_BYTES_MAX: u64 = 512 << 20;

/// Most entries over all index files: 100 million take 6 GB; more is no repository of one host.
const ENTRIES_MAX: usize = 100_000_000;

/// Largest blob. Data blobs have at most 8 MiB; the tree of a directory with a million files some 400 MB.
const BLOB_BYTES_MAX: u64 = 1 << 30;

/// Packs held open at a time: more than a file's content usually lies in, far fewer than the usual limit of 1024.
const OPEN_PACKS_MAX: usize = 64;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum BlobKind {
    Data,
    Tree,
}

#[derive(Debug, Clone, Copy)]
struct Place {
    id: Sha256,
    kind: BlobKind,
    pack: u32,
    offset: u32,
    length: u32,
    /// 0: not compressed.
    raw_length: u32,
}

/// Why a blob cannot be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Trouble {
    /// No index lists it, or every pack that should hold it is gone.
    Missing(String),
    /// There is something at its place, but not the blob.
    Damaged(String),
    /// It opens with the repository's key, and has this SHA-256 instead of its id: somebody with the key made it up.
    Other(Sha256),
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Missing(detail) | Self::Damaged(detail) => f.write_str(detail),
            Self::Other(found) => write!(f, "the bytes of a blob have another SHA-256: {found}"),
        }
    }
}

/// All places of all blobs.
pub(super) struct Blobs {
    packs: Vec<Sha256>,
    /// Sorted by id and kind.
    places: Vec<Place>,
    open: RefCell<BTreeMap<u32, Rc<File>>>,
    lengths: RefCell<BTreeMap<u32, Option<u64>>>,
}

#[derive(Deserialize)]
struct IndexFile {
    #[serde(default)]
    packs: Option<Vec<Pack>>,
    /// rustic keeps packs here that a later prune removes; until then their blobs are good.
    #[serde(default)]
    packs_to_delete: Option<Vec<Pack>>,
}

#[derive(Deserialize)]
struct Pack {
    id: Sha256,
    blobs: Option<Vec<Blob>>,
}

#[derive(Deserialize)]
struct Blob {
    id: Sha256,
    #[serde(rename = "type")]
    kind: Kind,
    offset: u32,
    length: u32,
    #[serde(default)]
    uncompressed_length: Option<u32>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Data,
    Tree,
}

impl Blobs {
    /// Reads all index files. Damaged ones are named beside the result; their blobs are missing.
    /// Fails when the folder cannot be listed or memory would not suffice.
    pub(super) fn load(storage: &Storage, seal: &Seal) -> io::Result<(Self, Vec<String>)> {
        let mut damaged = Vec::new();
        let mut packs: Vec<Sha256> = Vec::new();
        let mut numbers: BTreeMap<Sha256, u32> = BTreeMap::new();
        let mut places = Vec::new();
        for (id, _) in storage.list(Folder::Index)? {
            let index = match read_index(storage, seal, &id) {
                Ok(index) => index,
                Err(detail) => {
                    damaged.push(format!("index={} detail={detail}", id.short()));
                    continue;
                }
            };
            for pack in index.packs.into_iter().chain(index.packs_to_delete).flatten() {
                let next = u32::try_from(packs.len()).map_err(io::Error::other)?;
                let number = *numbers.entry(pack.id).or_insert_with(|| {
                    packs.push(pack.id);
                    next
                });
                for blob in pack.blobs.into_iter().flatten() {
                    if places.len() == ENTRIES_MAX {
                        return Err(io::Error::new(
                            io::ErrorKind::FileTooLarge,
                            format!("more than {ENTRIES_MAX} blobs"),
                        ));
                    }
                    places.push(Place::of(&blob, number));
                }
            }
        }
        places.sort_unstable_by_key(|place| (place.id, place.kind, place.pack, place.offset));
        places.dedup_by_key(|place| (place.id, place.kind, place.pack, place.offset, place.length));
        let (open, lengths) = (RefCell::default(), RefCell::default());
        Ok((Self { packs, places, open, lengths }, damaged))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    fn places(&self, kind: BlobKind, id: &Sha256) -> &[Place] {
        let start = self.places.partition_point(|place| (place.id, place.kind) < (*id, kind));
        let rest = &self.places[start..];
        let count = rest.iter().take_while(|place| (place.id, place.kind) == (*id, kind)).count();
        &rest[..count]
    }

    /// Whether the blob is listed in a pack that is there and long enough. Its bytes are not looked at.
    pub(super) fn available(&self, storage: &Storage, kind: BlobKind, id: &Sha256) -> bool {
        self.places(kind, id).iter().any(|place| {
            let length = *self.lengths.borrow_mut().entry(place.pack).or_insert_with(|| {
                let file = storage.open_pack(&self.packs[place.pack as usize]).ok()?;
                Some(file.metadata().ok()?.len())
            });
            length.is_some_and(|length| u64::from(place.offset) + u64::from(place.length) <= length)
        })
    }

    /// The bytes of a blob, whose SHA-256 is its id.
    pub(super) fn read(&self, storage: &Storage, seal: &Seal, kind: BlobKind, id: &Sha256) -> Result<Vec<u8>, Trouble> {
        let mut trouble = Trouble::Missing(format!("blob {} is in no index", id.short()));
        for place in self.places(kind, id) {
            match self.read_place(storage, seal, place) {
                Ok(bytes) => {
                    let found = Sha256::of(&bytes);
                    if found == *id {
                        return Ok(bytes);
                    }
                    trouble = Trouble::Other(found);
                }
                // What is damaged says more than what is missing.
                Err(found) if matches!(trouble, Trouble::Missing(_)) => trouble = found,
                Err(_) => {}
            }
        }
        Err(trouble)
    }

    fn read_place(&self, storage: &Storage, seal: &Seal, place: &Place) -> Result<Vec<u8>, Trouble> {
        let blob = place.id.short();
        let pack = self.packs[place.pack as usize];
        let damaged = |detail: String| Trouble::Damaged(format!("blob {blob} in pack {}: {detail}", pack.short()));
        let file = match self.open_pack(storage, place.pack) {
            Ok(file) => file,
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => {
                return Err(Trouble::Missing(format!("blob {blob}: its pack {} is missing", pack.short())));
            }
            Err(cause) => return Err(damaged(cause.to_string())),
        };
        let there = file.metadata().map_err(|cause| damaged(cause.to_string()))?.len();
        if u64::from(place.offset) + u64::from(place.length) > there || u64::from(place.length) > BLOB_BYTES_MAX {
            return Err(damaged("the pack is shorter than its index says".to_string()));
        }
        let mut sealed = vec![0; place.length as usize];
        file.read_exact_at(&mut sealed, u64::from(place.offset)).map_err(|cause| damaged(cause.to_string()))?;
        let bytes = seal.open(sealed).map_err(damaged)?;
        if place.raw_length == 0 {
            return Ok(bytes);
        }
        decompress(&bytes, u64::from(place.raw_length).min(BLOB_BYTES_MAX)).map_err(damaged)
    }

    fn open_pack(&self, storage: &Storage, number: u32) -> io::Result<Rc<File>> {
        let mut open = self.open.borrow_mut();
        if let Some(file) = open.get(&number) {
            return Ok(file.clone());
        }
        if open.len() >= OPEN_PACKS_MAX {
            open.clear();
        }
        let file = Rc::new(storage.open_pack(&self.packs[number as usize])?);
        open.insert(number, file.clone());
        Ok(file)
    }
}

impl Place {
    fn of(blob: &Blob, pack: u32) -> Self {
        let kind = match blob.kind {
            Kind::Data => BlobKind::Data,
            Kind::Tree => BlobKind::Tree,
        };
        let raw_length = blob.uncompressed_length.unwrap_or(0);
        Self { id: blob.id, kind, pack, offset: blob.offset, length: blob.length, raw_length }
    }
}

fn read_index(storage: &Storage, seal: &Seal, id: &Sha256) -> Result<IndexFile, String> {
    let sealed = storage.read(Folder::Index, id, INDEX_BYTES_MAX).map_err(|cause| cause.to_string())?;
    let text = seal.open_file(sealed, INDEX_BYTES_MAX)?;
    serde_json::from_slice(&text).map_err(|cause| cause.to_string())
}

//! Evidence for tests, made by the real programs' libraries, and the one way in which all tests look at an intake.

use std::{
    fs,
    io::{Read, Write},
    path::{Path, PathBuf},
};

use intake::{Options, open_source, read_sources, take};
use model::{EvidenceItem, Layer, Sha256, Timestamp};
use stdx::FixedClock;

/// A case directory and a directory of evidence.
pub struct Desk {
    directory: tempfile::TempDir,
}

impl Desk {
    pub fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir(directory.path().join("case")).unwrap();
        fs::create_dir(directory.path().join("given")).unwrap();
        Self { directory }
    }

    pub fn case(&self) -> PathBuf {
        self.directory.path().join("case")
    }

    pub fn given(&self) -> PathBuf {
        self.directory.path().join("given")
    }

    pub fn put(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.given().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }

    pub fn options(&self) -> Options {
        Options::new(&self.case())
    }

    pub fn take_with(&self, options: &Options, paths: &[PathBuf]) -> Result<Vec<EvidenceItem>, intake::Error> {
        let clock = FixedClock::at(Timestamp::from_seconds(1_800_000_000, 0));
        take(paths, options, &clock, &mut |_| {})
    }

    pub fn take(&self, paths: &[PathBuf]) -> Vec<EvidenceItem> {
        self.take_with(&self.options(), paths).unwrap()
    }

    pub fn take_one(&self, bytes: &[u8]) -> EvidenceItem {
        let path = self.put("evidence", bytes);
        let mut items = self.take(&[path]);
        assert_eq!(items.len(), 1);
        items.remove(0)
    }
}

/// Sources as (layers, content).
pub type Contents = Vec<(String, Vec<u8>)>;

/// Every source of an item as (layers, content), checked against what the item says: both ways of
/// reading give the same bytes, with the recorded size and hash.
pub fn contents(case: &Path, item: &EvidenceItem) -> Contents {
    let mut all = Vec::new();
    read_sources(case, item, &mut |source, reader| {
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes)?;
        assert_eq!((source.size, source.id), (bytes.len() as u64, Sha256::of(&bytes)));
        all.push((layers(&source.layers), bytes));
        Ok(())
    })
    .unwrap();
    for (source, (_, bytes)) in item.sources.iter().zip(&all) {
        let mut again = Vec::new();
        open_source(case, item, source).unwrap().read_to_end(&mut again).unwrap();
        assert!(again == *bytes, "{:?}", source.layers);
    }
    assert_eq!(all.len(), item.sources.len());
    all
}

pub fn layers(layers: &[Layer]) -> String {
    let names: Vec<_> = layers
        .iter()
        .map(|layer| match layer {
            Layer::Gzip => "gzip".to_string(),
            Layer::Zstd => "zstd".to_string(),
            Layer::Xz => "xz".to_string(),
            Layer::Tar { member } => format!("tar:{member}"),
        })
        .collect();
    names.join(" > ")
}

/// Text that compresses like a log: equal shapes, changing numbers.
pub fn log(lines: usize) -> Vec<u8> {
    let mut text = Vec::new();
    for line in 0..lines {
        let inode = line.wrapping_mul(2_654_435_761) % 1_000_003;
        writeln!(text, "type=PATH msg=audit(1800000000.{:03}:{line}): item=0 inode={inode} mode=0100644", line % 1000)
            .unwrap();
    }
    text
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::GzBuilder::new()
        .filename("audit.log")
        .comment("a comment")
        .write(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub fn zstd(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
    encoder.include_checksum(true).unwrap();
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub fn xz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = liblzma::write::XzEncoder::new(Vec::new(), 1);
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A GNU archive of regular members.
pub fn tar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in members {
        builder.append(&header(name, bytes.len() as u64, tar::EntryType::Regular), *bytes).unwrap();
    }
    builder.into_inner().unwrap()
}

/// A header with that very name: the builder of the library would refuse `..` and absolute names.
pub fn header(name: &str, size: u64, kind: tar::EntryType) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
    header.set_size(size);
    header.set_mode(0o644);
    header.set_mtime(1_700_000_000);
    header.set_entry_type(kind);
    header.set_cksum();
    header
}

//! Reads and writes the JSON artefacts of a case.

use std::{fs::File, io, path::Path};

use model::{Artefact, ArtefactKind, SCHEMA_VERSION};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    Error,
    capped::{self, CapReached},
    write_atomic,
};

/// Largest artefact that is read. Chosen by eye: a catalogue of 100,000 objects with ten versions
/// each is about 700 MB; beyond 1 GiB reading it whole would break the memory promise anyway.
pub const ARTEFACT_BYTES_MAX: u64 = 1 << 30;

/// Reads the artefact of that kind from the case.
///
/// Fails with [`Error::Read`] ([`Error::is_missing`] when its stage has not run),
/// [`Error::TooLarge`], [`Error::Malformed`], [`Error::OtherKind`] or [`Error::NewerSchema`].
pub fn read<T: DeserializeOwned>(case: &Path, kind: ArtefactKind) -> Result<T, Error> {
    read_file(&case.join(kind.file_name()), kind)
}

/// [`read`], with `None` when the file is not there.
pub fn read_if_there<T: DeserializeOwned>(case: &Path, kind: ArtefactKind) -> Result<Option<T>, Error> {
    match read(case, kind) {
        Err(error) if error.is_missing() => Ok(None),
        other => other.map(Some),
    }
}

/// [`read`] from a file of any name.
pub fn read_file<T: DeserializeOwned>(path: &Path, kind: ArtefactKind) -> Result<T, Error> {
    let bytes = read_capped(path, ARTEFACT_BYTES_MAX)?;
    let malformed = |cause: serde_json::Error| Error::Malformed { path: path.to_path_buf(), cause: cause.to_string() };
    // The envelope first: a newer writer may have changed the content's shape.
    let envelope: Envelope = serde_json::from_slice(&bytes).map_err(malformed)?;
    if envelope.schema > SCHEMA_VERSION {
        return Err(Error::NewerSchema { path: path.to_path_buf(), found: envelope.schema, known: SCHEMA_VERSION });
    }
    if envelope.kind != kind {
        return Err(Error::OtherKind {
            path: path.to_path_buf(),
            found: envelope.kind.file_name().to_string(),
            expected: kind.file_name().to_string(),
        });
    }
    serde_json::from_slice::<Artefact<T>>(&bytes).map(|artefact| artefact.content).map_err(malformed)
}

/// Writes the artefact of that kind into the case, atomically, as indented JSON with a final line break.
pub fn write<T: Serialize>(case: &Path, kind: ArtefactKind, content: &T) -> Result<(), Error> {
    write_file(&case.join(kind.file_name()), kind, content)
}

/// [`write()`] to a file of any name.
pub fn write_file<T: Serialize>(path: &Path, kind: ArtefactKind, content: &T) -> Result<(), Error> {
    let artefact = Artefact { kind, schema: SCHEMA_VERSION, content };
    let mut bytes = serde_json::to_vec_pretty(&artefact)
        .map_err(|cause| Error::Write { path: path.to_path_buf(), source: io::Error::other(cause) })?;
    bytes.push(b'\n');
    write_atomic(path, &bytes)
}

/// Reads a whole file of at most `bytes_max` bytes; fails with [`Error::TooLarge`] or [`Error::Read`].
pub fn read_capped(path: &Path, bytes_max: u64) -> Result<Vec<u8>, Error> {
    File::open(path).and_then(|file| capped::read_to_end(file, bytes_max)).map_err(|source| {
        match CapReached::of(&source) {
            Some(_) => Error::TooLarge { path: path.to_path_buf(), bytes_max },
            None => Error::Read { path: path.to_path_buf(), source },
        }
    })
}

#[derive(serde::Deserialize)]
struct Envelope {
    kind: ArtefactKind,
    schema: u32,
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn an_artefact_comes_back_and_a_missing_one_is_no_error() {
        let case = tempfile::tempdir().unwrap();
        assert_eq!(read_if_there::<Vec<u8>>(case.path(), ArtefactKind::Receipts).unwrap(), None);
        write(case.path(), ArtefactKind::Receipts, &vec![1_u8, 2]).unwrap();
        assert_eq!(read::<Vec<u8>>(case.path(), ArtefactKind::Receipts).unwrap(), [1, 2]);
    }

    #[test]
    fn each_kind_of_wrong_file_is_named() {
        let case = tempfile::tempdir().unwrap();
        let path = case.path().join("receipts.json");
        let read_back = |text: &str| {
            fs::write(&path, text).unwrap();
            read::<Vec<u8>>(case.path(), ArtefactKind::Receipts).unwrap_err()
        };
        let good = r#"{"kind":"receipts","schema":1,"content":[1]}"#;
        for cut in 0..good.len() {
            assert!(matches!(read_back(&good[..cut]), Error::Malformed { .. }), "cut at {cut}");
        }
        let newer = read_back(r#"{"kind":"receipts","schema":99,"content":{"changed":1}}"#);
        assert!(matches!(newer, Error::NewerSchema { found: 99, .. }));
        assert!(matches!(read_back(r#"{"kind":"plan","schema":1,"content":[1]}"#), Error::OtherKind { .. }));
        assert!(matches!(read_back(r#"{"kind":"receipts","schema":1,"content":"x"}"#), Error::Malformed { .. }));
        fs::write(&path, good).unwrap();
        assert!(matches!(read_capped(&path, 10).unwrap_err(), Error::TooLarge { bytes_max: 10, .. }));
    }
}

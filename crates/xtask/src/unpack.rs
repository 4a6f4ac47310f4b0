//! Unpacks a `.tar.zst` of the recordings, with modes, times and attributes; owners only root can give.

use std::{
    fs,
    path::Path,
    time::{Duration, SystemTime},
};

use anyhow::{Context as _, Result, ensure};

/// Unpacks `archive` below `into`, which is made, and into which nothing was unpacked before.
///
/// Attributes are left out, and said, where the file system has none. Fails when the archive cannot be read,
/// or a file cannot be made.
pub(crate) fn run(archive: &Path, into: &Path) -> Result<()> {
    ensure!(!into.exists(), "{} is there already", into.display());
    if let Err(error) = unpack(archive, into, true) {
        fs::remove_dir_all(into).with_context(|| format!("cannot clear {}", into.display()))?;
        unpack(archive, into, false)?;
        eprintln!("unpacked without extended attributes: {error:#}");
    }
    Ok(())
}

fn unpack(archive: &Path, into: &Path, with_attributes: bool) -> Result<()> {
    let doing = || format!("cannot unpack {} into {}", archive.display(), into.display());
    fs::create_dir_all(into).with_context(doing)?;
    let file = fs::File::open(archive).with_context(doing)?;
    let mut tar = tar::Archive::new(zstd::Decoder::new(file).with_context(doing)?);
    tar.set_preserve_permissions(true);
    tar.set_preserve_mtime(true);
    tar.set_unpack_xattrs(with_attributes);
    tar.unpack(into).with_context(doing)?;
    directory_times(archive, into).with_context(doing)
}

/// Gives directories their times, which unpacking leaves out: a copy's time is that of its directory.
fn directory_times(archive: &Path, into: &Path) -> Result<()> {
    let mut tar = tar::Archive::new(zstd::Decoder::new(fs::File::open(archive)?)?);
    for entry in tar.entries()? {
        let entry = entry?;
        if entry.header().entry_type().is_dir() {
            // Unpacking was refused for paths that lead out.
            let directory = fs::File::open(into.join(entry.path()?))?;
            directory.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(entry.header().mtime()?))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{os::unix::fs::MetadataExt as _, path::PathBuf};

    #[test]
    fn a_recorded_tree_keeps_modes_and_times() {
        let recording = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../lab/recordings/bind-mount-write");
        let directory = tempfile::tempdir().unwrap();
        let into = directory.path().join("x/y");
        run(&recording.join("target.tar.zst"), &into).unwrap();
        let found = fs::metadata(into.join("host/etc/kubernetes/manifests/kube-proxy.yaml")).unwrap();
        assert_eq!((found.mode() & 0o7777, found.size()), (0o600, 175));
        assert!(found.mtime() < 1_795_000_000, "modified before the recording");
        let directory_time = fs::metadata(into.join("host/etc")).unwrap().mtime();
        assert!(
            (1_795_469_400..1_795_469_500).contains(&directory_time),
            "{directory_time}: the time of the recording"
        );
        assert!(run(&recording.join("target.tar.zst"), &into).is_err(), "a second time into the same place");
        assert!(run(&recording.join("recording.json"), &directory.path().join("z")).is_err());
    }
}

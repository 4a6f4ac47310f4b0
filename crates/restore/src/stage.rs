//! Builds the new object in staging, complete in content and metadata, before anything else changes.

use std::{
    fs::File,
    io::{self, Seek as _, SeekFrom, Write},
    os::fd::{AsFd as _, OwnedFd},
    rc::Rc,
};

use model::{EntryKind, Metadata, RestoreSource, Sha256, StepId};
use sha2::Digest as _;

use crate::{
    ContentSource, Progress, Refusal, attributes,
    calls::Calls,
    error::{Attempted as _, Stop},
    look::{Look, hash_file},
    private::{self, Private, staged_name},
    session::{Session, stated_hash},
};

/// Largest content that is restored when the plan does not state its size. Chosen by eye: larger
/// than any file seen in a container host, smaller than what would take days to write.
const CONTENT_BYTES_MAX: u64 = 4 << 40;

/// Whole blocks of zeros this long become holes. Chosen by eye: sixteen pages.
const BLOCK_BYTES: usize = 1 << 16;

/// A complete object in staging.
#[derive(Debug)]
pub(crate) struct Staged {
    pub(crate) private: Rc<Private>,
    pub(crate) inode: u64,
    /// Of a file's content.
    pub(crate) sha256: Option<Sha256>,
}

/// Fetches content into a new file, checks it against the plan, sets its metadata, makes it durable
/// and reads it back.
pub(crate) fn file(
    session: &mut Session<'_>,
    root: usize,
    step: StepId,
    from: &RestoreSource,
    metadata: &Metadata,
    content: &mut dyn ContentSource,
    progress: &mut dyn FnMut(Progress),
) -> Result<Staged, Stop> {
    let (private, name) = prepare(session, root, step)?;
    let calls = session.calls;
    let fd = calls.create(private.staging.as_fd(), &name).attempted("making a file in staging")?;
    let build = || {
        let mut file = File::from(fd);
        let sha256 = fetch(calls, &mut file, step, from, metadata, content, progress)?;
        attributes::apply(calls, file.as_fd(), metadata, session.ownership)?;
        calls.fsync(file.as_fd()).attempted("making the staged file durable")?;
        file.rewind().attempted("reading the staged file back")?;
        let stat = calls.statx(file.as_fd()).attempted("looking at the staged file")?;
        let read_back = hash_file(calls, &mut file, stat.stx_size).attempted("reading the staged file back")?;
        if read_back != sha256 {
            return Err(Refusal::failed(format!(
                "what was written to staging reads back as {read_back}, not {sha256}"
            )));
        }
        Ok((stat.stx_ino, sha256))
    };
    let built = build();
    match built {
        Ok((inode, sha256)) => Ok(Staged { private, inode, sha256: Some(sha256) }),
        Err(refusal) => Err(discard_after(session, root, &private, step, refusal).into()),
    }
}

/// Makes a directory in staging, with its metadata.
pub(crate) fn directory(
    session: &mut Session<'_>,
    root: usize,
    step: StepId,
    metadata: &Metadata,
) -> Result<Staged, Stop> {
    object(session, root, step, metadata, |calls, at, name| calls.mkdir(at, name))
}

/// Makes a symbolic link in staging, with its metadata.
pub(crate) fn symlink(
    session: &mut Session<'_>,
    root: usize,
    step: StepId,
    text: &[u8],
    metadata: &Metadata,
) -> Result<Staged, Stop> {
    object(session, root, step, metadata, |calls, at, name| calls.symlink(text, at, name))
}

fn object(
    session: &mut Session<'_>,
    root: usize,
    step: StepId,
    metadata: &Metadata,
    make: impl FnOnce(Calls<'_>, std::os::fd::BorrowedFd<'_>, &[u8]) -> io::Result<()>,
) -> Result<Staged, Stop> {
    let (private, name) = prepare(session, root, step)?;
    let calls = session.calls;
    make(calls, private.staging.as_fd(), &name).attempted("making the object in staging")?;
    let build = || {
        let look = Look::at(calls, session.target, root, (private.staging.as_fd(), &name))?
            .ok_or_else(|| Refusal::failed("the staged object is gone"))?;
        attributes::apply(calls, look.object.as_fd(), metadata, session.ownership)?;
        if metadata.entry == EntryKind::Directory {
            let opened: OwnedFd = calls
                .reopen(look.object.as_fd(), rustix::fs::OFlags::DIRECTORY)
                .attempted("making the staged directory durable")?;
            calls.fsync(opened.as_fd()).attempted("making the staged directory durable")?;
        }
        Ok(look.inode())
    };
    let built = build();
    match built {
        Ok(inode) => Ok(Staged { private, inode, sha256: None }),
        Err(refusal) => Err(discard_after(session, root, &private, step, refusal).into()),
    }
}

fn prepare(session: &mut Session<'_>, root: usize, step: StepId) -> Result<(Rc<Private>, Vec<u8>), Stop> {
    let private = private::open(session, root)?;
    private::clear_staged(session, root, &private, step)?;
    Ok((private, staged_name(step)))
}

/// Removes a staged object that will not be used. Should that fail too, the end of the run tries again.
fn discard_after(session: &Session<'_>, root: usize, private: &Private, step: StepId, refusal: Refusal) -> Refusal {
    let _ = private::clear_staged(session, root, private, step);
    refusal
}

fn fetch(
    calls: Calls<'_>,
    file: &mut File,
    step: StepId,
    from: &RestoreSource,
    metadata: &Metadata,
    content: &mut dyn ContentSource,
    progress: &mut dyn FnMut(Progress),
) -> Result<Sha256, Refusal> {
    let bytes_max = metadata.size.unwrap_or(CONTENT_BYTES_MAX);
    let mut writer = StagedWriter::new(calls, file, bytes_max, |bytes| progress(Progress::Fetched { step, bytes }));
    let fetched = content.fetch(from, &mut writer);
    if let Some(refusal) = writer.refusal.take() {
        return Err(refusal);
    }
    let stated = fetched.map_err(|error| Refusal::failed(format!("fetching the content: {error}")))?;
    let (sha256, length) = writer.finish()?;
    let mismatch = |what: &str| Err(Refusal::because("content_mismatch", what));
    if stated != sha256 {
        return mismatch(&format!("the source says that it gave {stated}, what arrived is {sha256}"));
    }
    if let Some(expected) = stated_hash(&from.content).filter(|expected| *expected != sha256) {
        return mismatch(&format!("the plan expects {expected}, the source gave {sha256}"));
    }
    if let Some(expected) = metadata.size.filter(|&expected| expected != length) {
        return mismatch(&format!("the plan expects {expected} bytes, the source gave {length}"));
    }
    Ok(sha256)
}

/// Hashes and counts what it writes, refuses more than the bound, and leaves holes for zeros.
struct StagedWriter<'a, P> {
    calls: Calls<'a>,
    file: &'a mut File,
    hash: sha2::Sha256,
    block: Vec<u8>,
    length: u64,
    bytes_max: u64,
    progress: P,
    /// Our own reason to stop, which the source can only pass on as text.
    refusal: Option<Refusal>,
}

impl<'a, P: FnMut(u64)> StagedWriter<'a, P> {
    fn new(calls: Calls<'a>, file: &'a mut File, bytes_max: u64, progress: P) -> Self {
        let block = Vec::with_capacity(BLOCK_BYTES);
        Self { calls, file, hash: sha2::Sha256::new(), block, length: 0, bytes_max, progress, refusal: None }
    }

    fn put_block(&mut self) -> io::Result<()> {
        if self.block.iter().all(|&byte| byte == 0) {
            let skipped = i64::try_from(self.block.len()).map_err(io::Error::other)?;
            self.file.seek(SeekFrom::Current(skipped))?;
        } else {
            self.calls.reach("write")?;
            self.file.write_all(&self.block)?;
        }
        self.block.clear();
        (self.progress)(self.length);
        Ok(())
    }

    fn finish(mut self) -> Result<(Sha256, u64), Refusal> {
        self.put_block().attempted("writing the staged file")?;
        // The last block may be a hole.
        self.calls.reach("ftruncate").attempted("writing the staged file")?;
        self.file.set_len(self.length).attempted("writing the staged file")?;
        Ok((Sha256(self.hash.finalize().into()), self.length))
    }
}

impl<P: FnMut(u64)> Write for StagedWriter<'_, P> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(BLOCK_BYTES - self.block.len());
        if taken as u64 > self.bytes_max - self.length {
            let detail = format!("the source gives more than the {} bytes that the plan expects", self.bytes_max);
            self.refusal = Some(Refusal::because("content_mismatch", detail));
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.block.extend_from_slice(&bytes[..taken]);
        self.hash.update(&bytes[..taken]);
        self.length += taken as u64;
        if self.block.len() == BLOCK_BYTES
            && let Err(error) = self.put_block()
        {
            self.refusal = Some(Refusal::of("writing the staged file", &error));
            return Err(error);
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

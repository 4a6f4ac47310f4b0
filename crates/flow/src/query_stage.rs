//! SQL over the stored events.

use std::{fs, path::PathBuf, thread};

use query::{Files, Limits, Value};

use crate::{Case, Error, ErrorKind};

/// Bytes that a statement may hold for sorting, grouping and joining; half of what the whole program
/// may use at most. What does not fit goes to the case's directory for temporary files.
const MEMORY_BYTES: usize = 256 << 20;

/// Directory for what does not fit, shared with the read stage; gone when the answer is.
const WORK_DIRECTORY: &str = "work";

/// The answer to a statement over the stored events.
pub struct Answer {
    answer: query::Answer,
    // Dropped after the answer, whose files lie in it.
    _work: Option<Work>,
}

/// A directory that is removed when nothing is left in it.
struct Work(PathBuf);

impl Drop for Work {
    fn drop(&mut self) {
        // Not empty: another command uses it, and removes it later.
        let _ = fs::remove_dir(&self.0);
    }
}

impl Answer {
    /// Names of its columns, in order.
    pub fn columns(&self) -> &[String] {
        &self.answer.columns
    }

    /// The next rows, at most about a thousand; `None` behind the last.
    pub fn next_rows(&mut self) -> Result<Option<Vec<Vec<Value>>>, Error> {
        Ok(self.answer.next_rows()?)
    }
}

/// Answers a reading statement over the table `events` of the case.
///
/// Fails when the evidence has not been read, when a stored file is not what was stored, and as
/// [`query::run`] says. A case that cannot be written is queried within memory.
pub fn query(case: &Case, statement: &str) -> Result<Answer, Error> {
    let kind = model::ArtefactKind::Coverage;
    if !case.directory().join(kind.file_name()).exists() {
        return Err(Error::new(ErrorKind::StageMissing(kind), "query the events of", case.directory()));
    }
    let stored = store::verified_files(case.directory())?;
    let files = Files {
        directory: &stored.directory,
        paths: stored.files.iter().map(|partition| partition.path.as_str()).collect(),
        schema: store::schema(),
        ordinal: store::ORDINAL,
    };
    let work = case.directory().join(WORK_DIRECTORY);
    let work = fs::create_dir_all(&work).ok().map(|()| Work(work));
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let limits = Limits { cores, memory_bytes: MEMORY_BYTES, spill: work.as_ref().map(|work| work.0.clone()) };
    Ok(Answer { answer: query::run(statement, &files, &limits)?, _work: work })
}

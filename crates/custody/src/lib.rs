//! The custody log: an append-only record of every act on a case, which a third party can check
//! with the log, one checkpoint and a public key.
//!
//! The log is an RFC 6962 Merkle tree over the lines of `custody.log`; its root is signed as a C2SP
//! tlog-checkpoint with Ed25519. `docs/custody.md` describes it well enough to re-implement the
//! verification. It is the one artefact of a case that carries wall-clock times, and is therefore
//! left out of every comparison of two runs.
//!
//! What it cannot show: whoever holds the private key *and* every copy of the checkpoints can write
//! a different history. Keep the key outside the case ([`Key::External`]), or hand a checkpoint to
//! someone else early.

mod checkpoint;
mod entry;
mod error;
mod log;
mod reading;
mod verify;

pub mod merkle;
pub mod note;

pub use checkpoint::{CHECKPOINT_BYTES_MAX, Checkpoint};
pub use entry::{Act, ActResult, Actor, ENTRY_BYTES_MAX, Entry, SUBJECTS_MAX, Subject, Tool};
pub use error::Error;
pub use log::{CHECKPOINT_FILE, CHECKPOINTS_DIRECTORY, Custody, KEY_FILE, Key, LOG_FILE, Outcome, PUBLIC_KEY_FILE};
pub use reading::entries;
pub use verify::{Deviation, DeviationKind, Report, VerifyError, verify, verify_case, verify_with};

//! Executes an approved plan on a target: the only crate that can write to one.
//!
//! Each step is *ready* (what is there is fingerprinted), *act* (the new object is built in
//! staging, complete and read back, then swapped in by one atomic rename; what was there goes to
//! quarantine), *confirm* (read back from the target's root on) and has an *undo*. The journal in the
//! case holds every intent before it is carried out, so a crash at any point resumes.
//!
//! The target is taken to be hostile: every link, mount and name below it may have been planted, and may
//! be moved while we work. Nothing is followed, opened for its effect, or written through.
//!
//! Limits, on purpose:
//! - The target's file system must offer `renameat2` with `RENAME_EXCHANGE` and `RENAME_NOREPLACE`
//!   (ext4, XFS, btrfs, tmpfs, overlayfs do; NFS does not: `no_atomic_exchange`). Linux 4.11 or later.
//! - Devices, FIFOs and sockets are moved to quarantine, never made.
//! - Sparse content is written with holes; hard links between restored files are not re-made, because
//!   each version stands for itself.

mod attributes;
mod calls;
mod change;
mod content;
mod error;
mod execute;
mod faults;
mod journal;
mod look;
mod private;
mod session;
mod stage;
mod steps;
mod target;
mod undo;
mod walk;

pub use attributes::Ownership;
pub use content::{ContentSource, FetchError};
pub use error::{Error, REFUSAL_REASONS, Refusal};
pub use execute::execute;
pub use faults::{FaultPoint, NoFaults};
pub use look::{FINGERPRINT_BYTES_MAX, Observed, inspect, observe};
pub use session::{Progress, Run};
pub use target::{PathMapping, Target};
pub use undo::{Selection, Undone, undo};

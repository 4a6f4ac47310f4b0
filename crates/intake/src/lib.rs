//! Evidence comes in here: hashed at first read, kept unchanged, opened through archives and
//! compression, and never written.
//!
//! [`take()`] accepts files and directories; [`read_sources`] and [`open_source`] hand the decoded
//! streams to the parsers. Bad input is a [`model::Problem`] of its item and costs nothing else;
//! an [`Error`] means that the case itself cannot be written or that evidence is no longer what was taken.

mod error;
mod items;
mod layers;
mod limits;
mod notes;
mod open;
mod originals;
mod paths;
mod reading;
mod state_trees;
mod take;
mod walk;

pub use error::Error;
pub use items::items;
pub use limits::{
    DIRECTORY_DEPTH_MAX, EXPANDED_BYTES_MAX, EXPANSION_FREE_BYTES, EXPANSION_RATIO_MAX, FILES_MAX, LAYERS_MAX, Limits,
    MEMBERS_MAX,
};
pub use originals::{EVIDENCE_DIRECTORY, check_original, stored_path};
pub use reading::{SourceReader, open_source, read_sources};
pub use take::{Options, Progress, take};

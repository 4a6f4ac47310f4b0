//! What the standard library could have: capped readers, positional reads, safe names, clocks,
//! atomic files, and the reading and writing of a case's artefacts.

pub mod artefact;
pub mod atomic;
pub mod capped;
pub mod clock;
pub mod lock;
pub mod parallel;
pub mod positional;
pub mod safe_name;

mod error;

pub use atomic::write_atomic;
pub use clock::{Clock, FixedClock, SystemClock};
pub use error::Error;

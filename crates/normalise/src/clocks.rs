//! How far each source's clock is from true time, estimated from events that two sources share.
//!
//! While sources are read, [`Anchors`] keeps a bounded sample of occurrences that other sources may have
//! recorded too: audit records by time and serial, events by the recorder's own id of the occurrence, program
//! starts by pid and name, acts of container runtimes by container, messages by their text, and records that
//! stand inside another format's record and have a time of their own. [`Anchors::estimate`] then compares
//! every two clocks that can be of one host:
//!
//! 1. The differences of the recorded times of all shared occurrences are laid side by side; the window that
//!    holds most distinct occurrences is the estimate (a mode, which wrong pairs do not shift), its median the
//!    offset. It counts only when no other window holds half as many.
//! 2. For a clock without zone the nearest multiple of 15 minutes is its zone; whole years beyond that are a
//!    year guessed wrong; the rest is skew. For a clock that counts from boot the offset is the boot.
//! 3. In each set of clocks that are linked, the best recorder (auditd, then the journal, then sensors of the
//!    kernel) is the reference; offsets and errors add up along the way to it.
//! 4. A skew smaller than its own error is taken as none.
//!
//! The error is half the window's spread, plus what two recorders of that kind may differ by in honest work,
//! plus the coarser precision of the two (a second for syslog). What a person states wins over all of it.
//!
//! Limits: one offset per clock. A source that spans a change of daylight saving time, or a clock that drifts
//! or is stepped in between, gets the offset of most shared events; `clock.step` events and blind windows say
//! when a clock jumped. Several boots in one source without wall-clock times get the boot that most shared
//! events belong to. Clocks of two hosts are only tied by a person's word: no record here is written by two hosts.

mod anchors;
mod corrections;
mod graph;
mod hosts;
mod keys;
mod offset;
mod split;
mod stated;

pub use anchors::Anchors;
pub use corrections::{Clock, Clocks, Labels};
pub use hosts::HostOfSource;
pub use stated::{Pattern, StatedClock, StatedHost, parse_offset};

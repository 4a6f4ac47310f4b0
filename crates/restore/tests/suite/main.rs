//! The restore against real directories: what it restores, what it refuses, what it survives.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where it cannot go on")]

mod faults;
mod full_disk;
mod hostile;
mod kill;
mod ownership;
mod race;
mod steps;
mod undo;
mod world;

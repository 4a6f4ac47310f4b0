//! What an intake takes, keeps, opens and refuses.

#![allow(clippy::unwrap_used, clippy::panic, reason = "functions of tests that are not tests themselves")]

mod layers;
mod support;
mod taking;

//! The program as a person uses it: on the recordings of the lab, and on everything that can be wrong.

#![allow(clippy::panic, clippy::unwrap_used, reason = "tests fail by panicking")]

mod bad_input;
mod clocks;
mod containers;
mod hostile;
mod recordings;
mod refusals;
mod repeat;
mod rights;
mod rules;
mod search;
mod why;
mod words;
mod world;

//! The table of formats: one `mod` line and one table line each.

mod auditd;

use crate::Format;

pub(crate) const ALL: &[&dyn Format] = &[&auditd::Auditd];

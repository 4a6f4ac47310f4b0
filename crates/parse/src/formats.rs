//! The table of formats: one `mod` line and one table line each.

mod auditd;
mod falco;
mod k8s_audit;

use crate::{Format, carried::CarriedFormat};

#[rustfmt::skip]
pub(crate) const ALL: &[&dyn Format] = &[
    &auditd::Auditd,
    &falco::Falco,
    &k8s_audit::K8sAudit,
];

/// Formats whose records other formats carry, the most telling first.
#[rustfmt::skip]
pub(crate) const CARRIED: &[&dyn CarriedFormat] = &[
    &auditd::Auditd,
    &falco::Falco,
    &k8s_audit::K8sAudit,
];

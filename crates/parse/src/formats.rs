//! The table of formats: one `mod` line and one table line each.

mod auditd;
mod falco;
mod k8s_audit;

use crate::Format;

#[rustfmt::skip]
pub(crate) const ALL: &[&dyn Format] = &[
    &auditd::Auditd,
    &falco::Falco,
    &k8s_audit::K8sAudit,
];

//! The table of formats: one `mod` line and one table line each.

pub(crate) mod auditd;
mod bolt;
mod containers_storage;
mod cri_log;
mod docker_events;
mod docker_json_log;
mod docker_state;
mod ecs;
mod falco;
mod gke_audit;
mod journal_export;
mod journal_file;
mod journal_json;
mod k8s_audit;
mod kernel;
mod laurel;
mod oci_spec;
mod ocsf;
mod runtime_log;
mod shell_history;
mod state_value;
mod syslog;
mod tetragon;
mod tracee;
mod tracee_v1;

use crate::{Format, carried::CarriedFormat};

#[rustfmt::skip]
pub(crate) const ALL: &[&dyn Format] = &[
    &auditd::Auditd,
    &bolt::Bolt,
    &containers_storage::ContainersStorage,
    &cri_log::CriLog,
    &docker_events::DockerEvents,
    &docker_json_log::DockerJsonLog,
    &docker_state::DockerState,
    &ecs::Ecs,
    &falco::Falco,
    &gke_audit::GkeAudit,
    &journal_export::JournalExport,
    &journal_file::JournalFile,
    &journal_json::JournalJson,
    &k8s_audit::K8sAudit,
    &kernel::Kernel,
    &laurel::Laurel,
    &oci_spec::OciSpec,
    &ocsf::Ocsf,
    &runtime_log::RuntimeLog,
    &shell_history::ShellHistory,
    &state_value::StateValue,
    &syslog::Syslog,
    &tetragon::Tetragon,
    &tracee::Tracee,
    &tracee_v1::TraceeV1,
];

/// Formats whose records other formats carry, the most telling first.
#[rustfmt::skip]
pub(crate) const CARRIED: &[&dyn CarriedFormat] = &[
    &auditd::Auditd,
    &ecs::Ecs,
    &ocsf::Ocsf,
    &docker_events::DockerEvents,
    &falco::Falco,
    &gke_audit::GkeAudit,
    &k8s_audit::K8sAudit,
    &laurel::Laurel,
    &tetragon::Tetragon,
    &tracee::Tracee,
    &tracee_v1::TraceeV1,
    &runtime_log::RuntimeLog,
    &kernel::Kernel,
];

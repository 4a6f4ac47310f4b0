//! The table of checks: one `mod` line and one table line per check.

mod api_denied;
mod audit_tampering;
mod authorized_keys_write;
mod block_device_mount;
mod chroot_host_root;
mod clock_stepped;
mod core_pattern;
mod cron_write;
mod enters_host_namespace;
mod falco_alert;
mod host_daemon_writes_through_container_path;
mod host_namespace_entry;
mod host_namespaces_pod;
mod host_path_write;
mod kernel_started_helper;
mod pod_exec;
mod privileged_pod;
mod runtime_socket;
mod secret_read;
mod sensitive_host_path_pod;
mod static_pod_write;
mod systemd_unit_write;
mod unrequested_container;
mod writes_host_inode;

mod api;
mod host_writes;

use crate::Check;

/// Every check, invariants first.
pub fn checks() -> Vec<Box<dyn Check>> {
    vec![
        Box::<enters_host_namespace::EntersHostNamespace>::default(),
        Box::<writes_host_inode::WritesHostInode>::default(),
        Box::<kernel_started_helper::KernelStartedHelper>::default(),
        Box::<host_daemon_writes_through_container_path::HostDaemonWrites>::default(),
        Box::<unrequested_container::UnrequestedContainer>::default(),
        Box::<host_path_write::HostPathWrite>::default(),
        Box::new(cron_write::check()),
        Box::new(authorized_keys_write::check()),
        Box::new(systemd_unit_write::check()),
        Box::new(static_pod_write::check()),
        Box::<runtime_socket::RuntimeSocket>::default(),
        Box::<core_pattern::CorePattern>::default(),
        Box::<host_namespace_entry::HostNamespaceEntry>::default(),
        Box::<block_device_mount::BlockDeviceMount>::default(),
        Box::<chroot_host_root::ChrootHostRoot>::default(),
        Box::new(privileged_pod::check()),
        Box::new(sensitive_host_path_pod::check()),
        Box::new(host_namespaces_pod::check()),
        Box::<pod_exec::PodExec>::default(),
        Box::<api_denied::ApiDenied>::default(),
        Box::<secret_read::SecretRead>::default(),
        Box::<falco_alert::FalcoAlert>::default(),
        Box::<audit_tampering::AuditTampering>::default(),
        Box::<clock_stepped::ClockStepped>::default(),
    ]
}

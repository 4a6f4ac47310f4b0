//! The table of checks: one `mod` line and one table line per check.

mod account_write;
mod api_denied;
mod api_events_deleted;
mod audit_tampering;
mod authorized_keys_write;
mod binfmt_handler;
mod block_device_mount;
mod bpf_program_load;
mod chroot_host_root;
mod client_copy_link;
mod clock_stepped;
mod core_pattern;
mod cover_up_commands;
mod cron_write;
mod device_node_made;
mod docker_cp_library;
mod enters_host_namespace;
mod ephemeral_container;
mod falco_alert;
mod file_handle_open;
mod gpu_hook_preload;
mod history_removed;
mod host_daemon_writes_through_container_path;
mod host_namespace_entry;
mod host_namespaces_pod;
mod host_path_write;
mod host_process_memory;
mod image_volume_path;
mod journal_vacuumed;
mod kernel_memory;
mod kernel_module_load;
mod kernel_started_helper;
mod kubelet_log_link;
mod log_removed;
mod masked_path_link;
mod modprobe_path;
mod module_file_write;
mod mount_swap_race;
mod node_credentials_read;
mod node_identity_misused;
mod page_cache_write;
mod pidfd_fd_theft;
mod pod_exec;
mod pod_sysctls;
mod preload_write;
mod privileged_container;
mod privileged_pod;
mod proc_root_path;
mod ptrace_host_process;
mod raw_device_tool;
mod recorder_stopped;
mod release_agent;
mod role_binding_created;
mod root_without_setuid;
mod runc_leaked_fd;
mod runc_overwrite;
mod runtime_socket;
mod runtime_tcp_api;
mod secret_read;
mod sensitive_host_path_pod;
mod serial_hole;
mod service_account_misuse;
mod shim_socket;
mod startup_write;
mod static_pod_write;
mod suid_set;
mod sysrq_trigger;
mod systemd_unit_write;
mod timestamps_changed;
mod uevent_helper;
mod unrequested_container;
mod userfaultfd;
mod writes_host_inode;

mod acts;
mod api;
mod crossed;
mod host_writes;
mod settings;

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
        Box::new(core_pattern::check()),
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
        Box::new(privileged_container::check()),
        Box::new(raw_device_tool::check()),
        Box::new(device_node_made::check()),
        Box::new(node_credentials_read::check()),
        Box::new(node_identity_misused::check()),
        Box::new(shim_socket::check()),
        Box::new(runtime_tcp_api::check()),
        Box::new(release_agent::check()),
        Box::new(uevent_helper::check()),
        Box::new(binfmt_handler::check()),
        Box::new(modprobe_path::check()),
        Box::new(sysrq_trigger::check()),
        Box::new(proc_root_path::check()),
        Box::new(ptrace_host_process::check()),
        Box::new(host_process_memory::check()),
        Box::new(pidfd_fd_theft::check()),
        Box::new(file_handle_open::check()),
        Box::new(kernel_module_load::check()),
        Box::new(kernel_memory::check()),
        Box::new(bpf_program_load::check()),
        Box::new(root_without_setuid::check()),
        Box::new(userfaultfd::check()),
        Box::new(page_cache_write::check()),
        Box::new(runc_overwrite::check()),
        Box::new(runc_leaked_fd::check()),
        Box::new(masked_path_link::check()),
        Box::new(mount_swap_race::check()),
        Box::new(docker_cp_library::check()),
        Box::new(client_copy_link::check()),
        Box::new(image_volume_path::check()),
        Box::new(pod_sysctls::check()),
        Box::new(gpu_hook_preload::check()),
        Box::new(kubelet_log_link::check()),
        Box::new(service_account_misuse::check()),
        Box::new(ephemeral_container::check()),
        Box::new(preload_write::check()),
        Box::new(account_write::check()),
        Box::new(startup_write::check()),
        Box::new(module_file_write::check()),
        Box::new(suid_set::check()),
        Box::new(role_binding_created::check()),
        Box::new(history_removed::check()),
        Box::new(log_removed::check()),
        Box::new(timestamps_changed::check()),
        Box::new(journal_vacuumed::check()),
        Box::new(cover_up_commands::check()),
        Box::new(recorder_stopped::check()),
        Box::new(api_events_deleted::check()),
        Box::<serial_hole::SerialHole>::default(),
        Box::<audit_tampering::AuditTampering>::default(),
        Box::<clock_stepped::ClockStepped>::default(),
    ]
}

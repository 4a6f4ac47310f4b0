//! The table of functions. Names are those of Linux; `security_` and the prefixes of system calls are cut off before.

use std::sync::OnceLock;

use model::Action::*;

use super::Kind::{self, *};
use crate::syscalls::Arch;

#[rustfmt::skip]
const TABLE: &[(Kind, &[&str])] = &[
    (Open, &["open", "openat", "openat2", "creat", "file_open", "filp_open", "do_sys_openat2", "do_filp_open",
        "fd_install", "vfs_open", "io_openat"]),
    (Permission, &["file_permission", "inode_permission", "file_post_open"]),
    (Map, &["mmap_file", "mmap", "file_mprotect"]),
    (Plain(FileWrite), &["write", "pwrite64", "writev", "pwritev", "pwritev2", "vfs_write", "vfs_writev", "kernel_write", "magic_write",
        "file_modification", "do_splice_direct"]),
    (Plain(FileRead), &["read", "pread64", "readv", "preadv", "preadv2", "vfs_read", "vfs_readv"]),
    (Plain(FileTruncate), &["truncate", "ftruncate", "fallocate", "path_truncate", "file_truncate", "do_truncate"]),
    (Plain(FileCreate), &["inode_create", "vfs_create"]),
    (Plain(FileDelete), &["unlink", "unlinkat", "inode_unlink", "path_unlink", "vfs_unlink", "do_unlinkat"]),
    (OnDirectory(DirectoryCreate), &["mkdir", "mkdirat", "inode_mkdir", "path_mkdir", "vfs_mkdir"]),
    (OnDirectory(DirectoryDelete), &["rmdir", "inode_rmdir", "path_rmdir", "vfs_rmdir"]),
    (Chmod, &["chmod", "fchmod", "fchmodat", "fchmodat2", "path_chmod", "chmod_common"]),
    (Plain(FileMetadata), &["chown", "fchown", "lchown", "fchownat", "setxattr", "lsetxattr",
        "fsetxattr", "removexattr", "lremovexattr", "fremovexattr", "utime", "utimes", "utimensat", "futimesat", "path_chown",
        "inode_setattr", "inode_setxattr", "inode_removexattr", "vfs_utimes", "notify_change"]),
    (FromTo(FileRename), &["rename", "renameat", "renameat2", "inode_rename", "path_rename", "vfs_rename"]),
    (FromTo(FileLink), &["link", "linkat", "inode_link", "path_link", "vfs_link"]),
    (Symlink, &["symlink", "symlinkat", "inode_symlink", "vfs_symlink"]),
    (Mknod, &["mknod", "mknodat", "inode_mknod", "path_mknod", "vfs_mknod"]),
    (Mount, &["mount", "sb_mount", "do_mount", "path_mount"]),
    (FromTo(MountAttach), &["move_mount", "do_move_mount"]),
    (Plain(MountAttach), &["open_tree", "fsmount"]),
    (Plain(MountDetach), &["umount", "umount2", "sb_umount", "path_umount", "do_umount"]),
    (Plain(MountPivot), &["pivot_root", "sb_pivotroot"]),
    (OnDirectory(ProcessChroot), &["chroot", "path_chroot", "set_fs_root"]),
    (OnDirectory(ProcessChdir), &["chdir", "fchdir", "set_fs_pwd"]),
    (Setns, &["setns"]),
    (Unshare, &["unshare", "create_new_namespaces", "create_user_ns"]),
    (Plain(NamespaceEnter), &["switch_task_ns", "switch_task_namespaces"]),
    (Execute, &["execve", "execveat", "bprm_check", "bprm_check_security", "bprm_creds_from_file", "bprm_creds_for_exec",
        "bprm_committed_creds", "bprm_committing_creds", "do_execveat_common", "sched_process_exec", "process_execute_failed",
        "call_usermode_helper", "call_usermodehelper", "call_usermodehelper_setup", "execute_finished"]),
    (Clone, &["clone", "clone3"]),
    (Plain(ProcessFork), &["fork", "vfork", "sched_process_fork", "wake_up_new_task", "task_alloc", "kernel_clone"]),
    (Plain(ProcessExit), &["exit", "exit_group", "do_exit", "sched_process_exit", "do_group_exit"]),
    (Signal, &["kill", "tkill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo", "pidfd_send_signal", "task_kill"]),
    (Ptrace, &["ptrace", "ptrace_access_check", "ptrace_traceme", "ptrace_attach", "__ptrace_may_access"]),
    (Plain(ProcessPtrace), &["process_vm_writev", "process_vm_readv", "mem_write", "mem_read"]),
    (Plain(ProcessCredentials), &["setuid", "setgid", "setreuid", "setregid", "setresuid", "setresgid", "setfsuid", "setfsgid", "setgroups",
        "capset", "commit_creds", "task_fix_setuid", "task_fix_setgid"]),
    (Socket(SocketConnect), &["connect", "socket_connect", "tcp_connect", "tcp_v4_connect", "tcp_v6_connect", "inet_stream_connect",
        "unix_stream_connect", "net_tcp_connect"]),
    (Socket(SocketBind), &["bind", "listen", "socket_bind", "socket_listen", "inet_bind", "inet6_bind", "inet_csk_listen_start", "inet_listen"]),
    (Module, &["init_module", "finit_module", "do_init_module", "module_load", "find_module_sections", "load_module"]),
    (Bpf, &["bpf"]),
    (Plain(BpfLoad), &["bpf_prog_load", "bpf_check", "bpf_prog"]),
    (Plain(HandleOpen), &["open_by_handle_at", "do_handle_open", "handle_to_path"]),
];

/// The kind of a function; `None` when its name says nothing that the model has an action for.
pub(super) fn of(name: &str) -> Option<Kind> {
    static SORTED: OnceLock<Vec<(&str, Kind)>> = OnceLock::new();
    let sorted = SORTED.get_or_init(|| {
        let mut all: Vec<_> =
            TABLE.iter().flat_map(|&(kind, names)| names.iter().map(move |&name| (name, kind))).collect();
        all.sort_unstable_by_key(|entry| entry.0);
        all
    });
    sorted.binary_search_by_key(&name, |entry| entry.0).ok().map(|at| sorted[at].1)
}

/// Whether a system call of x86-64 or ARM has that name.
pub(super) fn is_call(name: &str) -> bool {
    static SORTED: OnceLock<Vec<&str>> = OnceLock::new();
    let sorted = SORTED.get_or_init(|| {
        let tables = [Arch::X86_64.table(), Arch::Aarch64.table()];
        let mut all: Vec<_> = tables.iter().flat_map(|table| table.iter().map(|entry| entry.1)).collect();
        all.sort_unstable();
        all
    });
    sorted.binary_search(&name).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_stands_twice() {
        let mut names: Vec<_> = TABLE.iter().flat_map(|entry| entry.1).collect();
        names.sort();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count);
        assert_eq!(of("openat"), Some(Open));
    }
}

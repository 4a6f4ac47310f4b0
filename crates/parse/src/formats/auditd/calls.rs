//! What each system call means, by name.

use std::sync::OnceLock;

use crate::syscalls::{self, Arch};

/// The meaning of a system call, as far as its event's action and facts depend on it.
///
/// Numbers are indices into `a0`–`a3`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Call {
    /// Opens a path; which argument holds the flags.
    Open(usize),
    /// `openat2`: flags lie behind a pointer, and in an `OPENAT2` record of newer kernels.
    Openat2,
    Creat,
    Execute,
    Fork,
    /// `clone`: the flags are `a0`.
    Clone,
    /// `clone3`: flags lie behind a pointer.
    Clone3,
    Exit,
    Chroot,
    Chdir,
    Credentials,
    Setns,
    Unshare,
    Mount,
    MoveMount,
    OpenTree,
    Unmount,
    PivotRoot,
    Truncate,
    Fallocate,
    Rename,
    Link,
    Symlink,
    Unlink,
    Unlinkat,
    Rmdir,
    Mkdir,
    /// Makes a node; which argument holds the mode, the device follows it.
    Mknod(usize),
    /// Changes mode, owner, times or attributes.
    Metadata(Changed),
    Ioctl,
    HandleOpen,
    Connect,
    Bind,
    /// The 32-bit multiplexer; `a0` is the call.
    Socketcall,
    Socket,
    /// Sends a signal; which argument holds it.
    Signal(usize),
    Ptrace,
    ProcessMemory,
    ModuleLoad,
    Bpf,
    /// No action of its own; its arguments are kept, because checks look at them.
    Watched,
    /// No action of its own.
    Other,
}

/// Which metadata a call changes, with the arguments that hold the new value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Changed {
    Mode(usize),
    Owner(usize),
    Rest,
}

/// A call with the arguments that hold directory descriptors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Meaning {
    /// Its name in the table of the architecture.
    pub name: &'static str,
    /// What it does.
    pub call: Call,
    /// Argument to which the target's name is relative; `None`: the working directory.
    pub target_dir: Option<usize>,
    /// The same for the source's name.
    pub source_dir: Option<usize>,
}

/// Name, meaning, directory argument of the target, directory argument of the source.
#[rustfmt::skip]
const CALLS: &[(&str, Call, Option<usize>, Option<usize>)] = &[
    ("open", Call::Open(1), None, None),
    ("openat", Call::Open(2), Some(0), None),
    ("openat2", Call::Openat2, Some(0), None),
    ("creat", Call::Creat, None, None),
    ("execve", Call::Execute, None, None),
    ("execveat", Call::Execute, Some(0), None),
    ("fork", Call::Fork, None, None),
    ("vfork", Call::Fork, None, None),
    ("clone", Call::Clone, None, None),
    ("clone3", Call::Clone3, None, None),
    ("exit", Call::Exit, None, None),
    ("exit_group", Call::Exit, None, None),
    ("chroot", Call::Chroot, None, None),
    ("chdir", Call::Chdir, None, None),
    ("fchdir", Call::Chdir, None, None),
    ("setuid", Call::Credentials, None, None), ("setuid32", Call::Credentials, None, None),
    ("setgid", Call::Credentials, None, None), ("setgid32", Call::Credentials, None, None),
    ("setreuid", Call::Credentials, None, None), ("setreuid32", Call::Credentials, None, None),
    ("setregid", Call::Credentials, None, None), ("setregid32", Call::Credentials, None, None),
    ("setresuid", Call::Credentials, None, None), ("setresuid32", Call::Credentials, None, None),
    ("setresgid", Call::Credentials, None, None), ("setresgid32", Call::Credentials, None, None),
    ("setfsuid", Call::Credentials, None, None), ("setfsuid32", Call::Credentials, None, None),
    ("setfsgid", Call::Credentials, None, None), ("setfsgid32", Call::Credentials, None, None),
    ("setgroups", Call::Credentials, None, None), ("setgroups32", Call::Credentials, None, None),
    ("capset", Call::Credentials, None, None),
    ("setns", Call::Setns, None, None),
    ("unshare", Call::Unshare, None, None),
    ("mount", Call::Mount, None, None),
    ("move_mount", Call::MoveMount, Some(2), Some(0)),
    ("open_tree", Call::OpenTree, None, Some(0)),
    ("open_tree_attr", Call::OpenTree, None, Some(0)),
    ("umount", Call::Unmount, None, None),
    ("umount2", Call::Unmount, None, None),
    ("pivot_root", Call::PivotRoot, None, None),
    ("truncate", Call::Truncate, None, None), ("truncate64", Call::Truncate, None, None),
    ("ftruncate", Call::Truncate, None, None), ("ftruncate64", Call::Truncate, None, None),
    ("fallocate", Call::Fallocate, None, None),
    ("rename", Call::Rename, None, None),
    ("renameat", Call::Rename, Some(2), Some(0)),
    ("renameat2", Call::Rename, Some(2), Some(0)),
    ("link", Call::Link, None, None),
    ("linkat", Call::Link, Some(2), Some(0)),
    ("symlink", Call::Symlink, None, None),
    ("symlinkat", Call::Symlink, Some(1), None),
    ("unlink", Call::Unlink, None, None),
    ("unlinkat", Call::Unlinkat, Some(0), None),
    ("rmdir", Call::Rmdir, None, None),
    ("mkdir", Call::Mkdir, None, None),
    ("mkdirat", Call::Mkdir, Some(0), None),
    ("mknod", Call::Mknod(1), None, None),
    ("mknodat", Call::Mknod(2), Some(0), None),
    ("chmod", Call::Metadata(Changed::Mode(1)), None, None),
    ("fchmod", Call::Metadata(Changed::Mode(1)), None, None),
    ("fchmodat", Call::Metadata(Changed::Mode(2)), Some(0), None),
    ("fchmodat2", Call::Metadata(Changed::Mode(2)), Some(0), None),
    ("chown", Call::Metadata(Changed::Owner(1)), None, None),
    ("chown32", Call::Metadata(Changed::Owner(1)), None, None),
    ("lchown", Call::Metadata(Changed::Owner(1)), None, None),
    ("lchown32", Call::Metadata(Changed::Owner(1)), None, None),
    ("fchown", Call::Metadata(Changed::Owner(1)), None, None),
    ("fchown32", Call::Metadata(Changed::Owner(1)), None, None),
    ("fchownat", Call::Metadata(Changed::Owner(2)), Some(0), None),
    ("setxattr", Call::Metadata(Changed::Rest), None, None),
    ("lsetxattr", Call::Metadata(Changed::Rest), None, None),
    ("fsetxattr", Call::Metadata(Changed::Rest), None, None),
    ("setxattrat", Call::Metadata(Changed::Rest), Some(0), None),
    ("removexattr", Call::Metadata(Changed::Rest), None, None),
    ("lremovexattr", Call::Metadata(Changed::Rest), None, None),
    ("fremovexattr", Call::Metadata(Changed::Rest), None, None),
    ("removexattrat", Call::Metadata(Changed::Rest), Some(0), None),
    ("utime", Call::Metadata(Changed::Rest), None, None),
    ("utimes", Call::Metadata(Changed::Rest), None, None),
    ("futimesat", Call::Metadata(Changed::Rest), Some(0), None),
    ("utimensat", Call::Metadata(Changed::Rest), Some(0), None),
    ("utimensat_time64", Call::Metadata(Changed::Rest), Some(0), None),
    ("file_setattr", Call::Metadata(Changed::Rest), Some(0), None),
    ("ioctl", Call::Ioctl, None, None),
    ("open_by_handle_at", Call::HandleOpen, None, None),
    ("connect", Call::Connect, None, None),
    ("bind", Call::Bind, None, None),
    ("listen", Call::Bind, None, None),
    ("socketcall", Call::Socketcall, None, None),
    ("socket", Call::Socket, None, None),
    ("kill", Call::Signal(1), None, None),
    ("tkill", Call::Signal(1), None, None),
    ("tgkill", Call::Signal(2), None, None),
    ("rt_sigqueueinfo", Call::Signal(1), None, None),
    ("rt_tgsigqueueinfo", Call::Signal(2), None, None),
    ("pidfd_send_signal", Call::Signal(1), None, None),
    ("ptrace", Call::Ptrace, None, None),
    ("process_vm_readv", Call::ProcessMemory, None, None),
    ("process_vm_writev", Call::ProcessMemory, None, None),
    ("init_module", Call::ModuleLoad, None, None),
    ("finit_module", Call::ModuleLoad, None, None),
    ("bpf", Call::Bpf, None, None),
    ("delete_module", Call::Watched, None, None),
    ("name_to_handle_at", Call::Watched, Some(0), None),
    ("mount_setattr", Call::Watched, Some(0), None),
    ("fspick", Call::Watched, Some(0), None),
    ("fsopen", Call::Watched, None, None), ("fsconfig", Call::Watched, None, None),
    ("fsmount", Call::Watched, None, None),
    ("pidfd_open", Call::Watched, None, None), ("pidfd_getfd", Call::Watched, None, None),
    ("splice", Call::Watched, None, None), ("vmsplice", Call::Watched, None, None),
    ("tee", Call::Watched, None, None), ("sendfile", Call::Watched, None, None),
    ("copy_file_range", Call::Watched, None, None),
    ("userfaultfd", Call::Watched, None, None), ("memfd_create", Call::Watched, None, None),
    ("memfd_secret", Call::Watched, None, None),
    ("perf_event_open", Call::Watched, None, None), ("io_uring_setup", Call::Watched, None, None),
    ("io_uring_register", Call::Watched, None, None),
    ("iopl", Call::Watched, None, None), ("ioperm", Call::Watched, None, None),
    ("kexec_load", Call::Watched, None, None), ("kexec_file_load", Call::Watched, None, None),
    ("reboot", Call::Watched, None, None), ("swapon", Call::Watched, None, None),
    ("swapoff", Call::Watched, None, None), ("acct", Call::Watched, None, None),
    ("prctl", Call::Watched, None, None), ("personality", Call::Watched, None, None),
    ("keyctl", Call::Watched, None, None), ("add_key", Call::Watched, None, None),
    ("request_key", Call::Watched, None, None),
    ("sethostname", Call::Watched, None, None), ("setdomainname", Call::Watched, None, None),
    ("settimeofday", Call::Watched, None, None), ("clock_settime", Call::Watched, None, None),
    ("stime", Call::Watched, None, None), ("clock_settime64", Call::Watched, None, None),
    ("adjtimex", Call::Watched, None, None), ("clock_adjtime", Call::Watched, None, None),
    ("fanotify_init", Call::Watched, None, None), ("fanotify_mark", Call::Watched, None, None),
    ("sendto", Call::Watched, None, None), ("sendmsg", Call::Watched, None, None),
    ("accept", Call::Watched, None, None), ("accept4", Call::Watched, None, None),
    ("dup", Call::Watched, None, None), ("dup2", Call::Watched, None, None), ("dup3", Call::Watched, None, None),
    ("syslog", Call::Watched, None, None), ("seccomp", Call::Watched, None, None),
    ("landlock_restrict_self", Call::Watched, None, None),
    ("mmap", Call::Watched, None, None), ("mprotect", Call::Watched, None, None),
    ("write", Call::Watched, None, None), ("pwrite64", Call::Watched, None, None),
    ("writev", Call::Watched, None, None), ("pwritev", Call::Watched, None, None),
    ("pwritev2", Call::Watched, None, None),
];

/// The meaning of call `number` on `arch`; `None` when the number has no name.
pub(super) fn meaning(arch: Arch, number: u64) -> Option<Meaning> {
    static TABLES: OnceLock<[Vec<Option<Meaning>>; 3]> = OnceLock::new();
    let tables = TABLES.get_or_init(|| [Arch::X86_64, Arch::I386, Arch::Aarch64].map(by_number));
    let table = match arch {
        Arch::X86_64 => &tables[0],
        Arch::I386 => &tables[1],
        Arch::Aarch64 => &tables[2],
    };
    match usize::try_from(number).ok().and_then(|number| table.get(number)) {
        Some(found) => *found,
        None => syscalls::name(arch, number).map(by_name),
    }
}

/// The meaning of a call by its name, for enriched logs of architectures without a table.
pub(super) fn by_name(name: &'static str) -> Meaning {
    let found = CALLS.iter().find(|entry| entry.0 == name);
    let (call, target_dir, source_dir) = found.map_or((Call::Other, None, None), |entry| (entry.1, entry.2, entry.3));
    Meaning { name, call, target_dir, source_dir }
}

fn by_number(arch: Arch) -> Vec<Option<Meaning>> {
    let table = arch.table();
    let mut meanings = vec![None; table.last().map_or(0, |entry| usize::from(entry.0) + 1)];
    for &(number, name) in table {
        meanings[usize::from(number)] = Some(by_name(name));
    }
    meanings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_named_call_exists_on_some_architecture() {
        for entry in CALLS {
            let known = [Arch::X86_64, Arch::I386, Arch::Aarch64]
                .iter()
                .any(|arch| arch.table().iter().any(|&(_, name)| name == entry.0));
            assert!(known, "{}", entry.0);
        }
    }

    #[test]
    fn numbers_are_read_by_architecture() {
        assert_eq!(meaning(Arch::X86_64, 257).map(|meaning| meaning.call), Some(Call::Open(2)));
        assert_eq!(meaning(Arch::I386, 5).map(|meaning| meaning.call), Some(Call::Open(1)));
        assert_eq!(meaning(Arch::Aarch64, 56).map(|meaning| meaning.call), Some(Call::Open(2)));
        assert_eq!(meaning(Arch::X86_64, 100_000), None);
    }
}

//! Numbers of system call arguments, as the names a person knows.

use crate::syscalls::Arch;

/// What an `open` asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OpenFlags {
    /// Whether it may read.
    pub read: bool,
    /// Whether it may write, or cuts the file.
    pub write: bool,
    pub create: bool,
    pub truncate: bool,
    pub append: bool,
    pub exclusive: bool,
    pub directory: bool,
    /// Only a handle: neither reads nor writes.
    pub path: bool,
    /// A file without a name.
    pub temporary: bool,
}

/// Reads open flags. Source: Linux `include/uapi/asm-generic/fcntl.h`, `arch/arm64/include/uapi/asm/fcntl.h`.
pub(crate) fn open(arch: Arch, flags: u64) -> OpenFlags {
    let directory_bit = if arch == Arch::Aarch64 { 0o40_000 } else { 0o200_000 };
    let path = flags & 0o10_000_000 != 0;
    let truncate = flags & 0o1000 != 0 && !path;
    let access = flags & 3;
    OpenFlags {
        read: !path && (access == 0 || access == 2),
        // O_TRUNC needs and uses the right to write, whatever the access mode says.
        write: !path && (access == 1 || access == 2 || truncate),
        create: flags & 0o100 != 0 && !path,
        truncate,
        append: flags & 0o2000 != 0 && !path,
        exclusive: flags & 0o200 != 0 && !path,
        directory: flags & directory_bit != 0,
        path,
        temporary: flags & 0o20_000_000 != 0 && !path,
    }
}

impl OpenFlags {
    /// The flags as a list: `create,truncate,append,exclusive,directory,path,tmpfile`.
    pub fn list(self) -> String {
        let mut list = String::new();
        for (set, name) in [
            (self.create, "create"),
            (self.truncate, "truncate"),
            (self.append, "append"),
            (self.exclusive, "exclusive"),
            (self.directory, "directory"),
            (self.path, "path"),
            (self.temporary, "tmpfile"),
        ] {
            if set {
                if !list.is_empty() {
                    list.push(',');
                }
                list.push_str(name);
            }
        }
        list
    }

    /// `read`, `write`, `read_write` or nothing.
    pub fn access(self) -> &'static str {
        match (self.read, self.write) {
            (true, true) => "read_write",
            (true, false) => "read",
            (false, true) => "write",
            (false, false) => "none",
        }
    }
}

/// The names of the bits that are set, joined by commas; bits without a name as one hexadecimal number.
fn names(value: u64, table: &[(u64, &str)]) -> String {
    let mut list = String::new();
    let mut rest = value;
    for &(bit, name) in table {
        if value & bit == bit {
            if !list.is_empty() {
                list.push(',');
            }
            list.push_str(name);
            rest &= !bit;
        }
    }
    if rest != 0 {
        if !list.is_empty() {
            list.push(',');
        }
        list.push_str(&format!("0x{rest:x}"));
    }
    list
}

/// `MS_*` of mount(2). Source: Linux `include/uapi/linux/mount.h`.
pub(crate) fn mount(flags: u64) -> String {
    names(without_magic(flags), MOUNT)
}

/// What kind of act a mount(2) is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MountAct {
    /// A bind or move mount: the source is a path.
    Bind,
    /// A new mount of a file system.
    New,
    /// Changes an existing mount's options or propagation: nothing appears anywhere.
    Change,
}

/// The kind of act that mount flags ask for, in the order in which the kernel decides (`path_mount`).
pub(crate) fn mount_act(flags: u64) -> MountAct {
    let flags = without_magic(flags);
    if flags & 0x20 != 0 {
        MountAct::Change
    } else if flags & 0x1000 != 0 {
        MountAct::Bind
    } else if flags & 0x001e_0000 != 0 {
        MountAct::Change
    } else if flags & 0x2000 != 0 {
        MountAct::Bind
    } else {
        MountAct::New
    }
}

/// Old programs set a magic number in the upper half, which the kernel drops.
fn without_magic(flags: u64) -> u64 {
    if flags & 0xffff_0000 == 0xc0ed_0000 { flags & 0xffff } else { flags }
}

const MOUNT: &[(u64, &str)] = &[
    (0x1, "rdonly"),
    (0x2, "nosuid"),
    (0x4, "nodev"),
    (0x8, "noexec"),
    (0x10, "synchronous"),
    (0x20, "remount"),
    (0x40, "mandlock"),
    (0x80, "dirsync"),
    (0x100, "nosymfollow"),
    (0x400, "noatime"),
    (0x800, "nodiratime"),
    (0x1000, "bind"),
    (0x2000, "move"),
    (0x4000, "rec"),
    (0x8000, "silent"),
    (0x1_0000, "posixacl"),
    (0x2_0000, "unbindable"),
    (0x4_0000, "private"),
    (0x8_0000, "slave"),
    (0x10_0000, "shared"),
    (0x20_0000, "relatime"),
    (0x100_0000, "strictatime"),
    (0x200_0000, "lazytime"),
];

/// Flags of umount2(2).
pub(crate) fn unmount(flags: u64) -> String {
    names(flags, &[(1, "force"), (2, "detach"), (4, "expire"), (8, "nofollow")])
}

/// Flags of open_tree(2).
pub(crate) fn open_tree(flags: u64) -> String {
    names(
        flags & 0xffff_ffff,
        &[(1, "clone"), (0x8000, "recursive"), (0x1000, "empty_path"), (0x100, "nofollow"), (0x8_0000, "cloexec")],
    )
}

const NAMESPACES: &[(u64, &str)] = &[
    (0x2_0000, "mnt"),
    (0x200_0000, "cgroup"),
    (0x400_0000, "uts"),
    (0x800_0000, "ipc"),
    (0x1000_0000, "user"),
    (0x2000_0000, "pid"),
    (0x4000_0000, "net"),
];

/// The bit of a time namespace; in clone(2) it is part of the exit signal.
const NAMESPACE_TIME: u64 = 0x80;

/// The namespaces that setns or unshare name: `mnt,pid,net`; empty when they name none.
pub(crate) fn namespaces(flags: u64) -> String {
    let known = NAMESPACES.iter().fold(NAMESPACE_TIME, |all, entry| all | entry.0);
    let mut list = names(flags & known & !NAMESPACE_TIME, NAMESPACES);
    if flags & NAMESPACE_TIME != 0 {
        list.push_str(if list.is_empty() { "time" } else { ",time" });
    }
    list
}

/// The namespaces that clone makes.
pub(crate) fn clone_namespaces(flags: u64) -> String {
    namespaces(flags & !NAMESPACE_TIME)
}

/// The other flags of clone and unshare that say what is shared. Source: `include/uapi/linux/sched.h`.
pub(crate) fn clone(flags: u64) -> String {
    let known = &[
        (0x100, "vm"),
        (0x200, "fs"),
        (0x400, "files"),
        (0x800, "sighand"),
        (0x2000, "ptrace"),
        (0x4000, "vfork"),
        (0x8000, "parent"),
        (0x1_0000, "thread"),
        (0x80_0000, "untraced"),
    ];
    let mask = known.iter().fold(0, |all, entry| all | entry.0);
    names(flags & mask, known)
}

/// Name of a ptrace request; a number without a name as it is. Source: `include/uapi/linux/ptrace.h`.
pub(crate) fn ptrace(request: u64) -> String {
    let name = match request {
        0 => "traceme",
        1 => "peektext",
        2 => "peekdata",
        3 => "peekuser",
        4 => "poketext",
        5 => "pokedata",
        6 => "pokeuser",
        7 => "cont",
        8 => "kill",
        9 => "singlestep",
        12 => "getregs",
        13 => "setregs",
        14 => "getfpregs",
        15 => "setfpregs",
        16 => "attach",
        17 => "detach",
        24 => "syscall",
        0x4200 => "setoptions",
        0x4201 => "geteventmsg",
        0x4202 => "getsiginfo",
        0x4203 => "setsiginfo",
        0x4204 => "getregset",
        0x4205 => "setregset",
        0x4206 => "seize",
        0x4207 => "interrupt",
        0x4208 => "listen",
        0x4209 => "peeksiginfo",
        0x420e => "get_syscall_info",
        other => return other.to_string(),
    };
    name.to_string()
}

/// Name of a socket address family, for those that matter here; others as their number.
pub(crate) fn family(number: u64) -> String {
    let name = match number {
        0 => "unspec",
        1 => "unix",
        2 => "inet",
        10 => "inet6",
        16 => "netlink",
        17 => "packet",
        31 => "bluetooth",
        38 => "alg",
        40 => "vsock",
        44 => "xdp",
        other => return other.to_string(),
    };
    name.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn open_flags_are_read_by_architecture() {
        assert_eq!(open(Arch::X86_64, 0x441).list(), "create,append");
        assert_eq!(open(Arch::X86_64, 0x241).access(), "write");
        assert!(open(Arch::X86_64, 0x1_0000).directory);
        assert!(!open(Arch::X86_64, 0x4000).directory, "O_DIRECT");
        assert!(open(Arch::Aarch64, 0x4000).directory);
        assert!(open(Arch::X86_64, 0x200).write, "O_RDONLY|O_TRUNC cuts");
        let handle = open(Arch::X86_64, 0x20_0002);
        assert!(handle.path && !handle.read && !handle.write);
        assert!(open(Arch::X86_64, 0x41_0002).temporary);
    }

    #[test]
    fn mounts_are_told_apart() {
        assert_eq!(mount(0x1021), "rdonly,remount,bind");
        assert_eq!(mount_act(0x1021), MountAct::Change);
        assert_eq!(mount_act(0x5000), MountAct::Bind);
        assert_eq!(mount_act(0x84000), MountAct::Change);
        assert_eq!(mount_act(0), MountAct::New);
        assert_eq!(mount(0xc0ed_0000 | 1), "rdonly");
        assert_eq!(mount(0x4000_0000), "0x40000000");
    }

    #[test]
    fn namespaces_are_named() {
        assert_eq!(namespaces(0x6c02_0000), "mnt,uts,ipc,pid,net");
        assert_eq!(namespaces(0x80), "time");
        assert_eq!(clone_namespaces(0x91), "");
        assert_eq!(clone(0x3d0f00), "vm,fs,files,sighand,thread");
    }
}

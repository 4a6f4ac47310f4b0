//! Flags that a sensor wrote as names, back to bits.

/// Names and bits as the kernel's headers have them (x86-64).
#[rustfmt::skip]
const NAMES: &[(&str, i64)] = &[
    ("O_RDONLY", 0), ("O_WRONLY", 1), ("O_RDWR", 2), ("O_CREAT", 0o100), ("O_EXCL", 0o200), ("O_NOCTTY", 0o400),
    ("O_TRUNC", 0o1000), ("O_APPEND", 0o2000), ("O_NONBLOCK", 0o4000), ("O_DSYNC", 0o10_000), ("O_SYNC", 0o4_010_000),
    ("O_DIRECT", 0o40_000), ("O_LARGEFILE", 0o100_000), ("O_DIRECTORY", 0o200_000), ("O_NOFOLLOW", 0o400_000),
    ("O_NOATIME", 0o1_000_000), ("O_CLOEXEC", 0o2_000_000), ("O_PATH", 0o10_000_000), ("O_TMPFILE", 0o20_200_000),
    ("MS_RDONLY", 1), ("MS_NOSUID", 2), ("MS_NODEV", 4), ("MS_NOEXEC", 8), ("MS_SYNCHRONOUS", 16), ("MS_REMOUNT", 32),
    ("MS_MANDLOCK", 64), ("MS_DIRSYNC", 128), ("MS_NOATIME", 1024), ("MS_NODIRATIME", 2048), ("MS_BIND", 4096),
    ("MS_MOVE", 8192), ("MS_REC", 16_384), ("MS_SILENT", 32_768), ("MS_POSIXACL", 1 << 16), ("MS_UNBINDABLE", 1 << 17),
    ("MS_PRIVATE", 1 << 18), ("MS_SLAVE", 1 << 19), ("MS_SHARED", 1 << 20), ("MS_RELATIME", 1 << 21),
    ("MS_STRICTATIME", 1 << 24), ("MS_LAZYTIME", 1 << 25),
    ("CLONE_NEWTIME", 0x80), ("CLONE_VM", 0x100), ("CLONE_FS", 0x200), ("CLONE_FILES", 0x400), ("CLONE_SIGHAND", 0x800),
    ("CLONE_VFORK", 0x4000), ("CLONE_PARENT", 0x8000), ("CLONE_THREAD", 0x1_0000), ("CLONE_NEWNS", 0x2_0000),
    ("CLONE_NEWCGROUP", 0x200_0000), ("CLONE_NEWUTS", 0x400_0000), ("CLONE_NEWIPC", 0x800_0000),
    ("CLONE_NEWUSER", 0x1000_0000), ("CLONE_NEWPID", 0x2000_0000), ("CLONE_NEWNET", 0x4000_0000),
    ("PROT_NONE", 0), ("PROT_READ", 1), ("PROT_WRITE", 2), ("PROT_EXEC", 4),
    ("MAP_SHARED", 1), ("MAP_PRIVATE", 2), ("MAP_SHARED_VALIDATE", 3),
    ("S_IFIFO", 0o010_000), ("S_IFCHR", 0o020_000), ("S_IFDIR", 0o040_000), ("S_IFBLK", 0o060_000), ("S_IFREG", 0o100_000),
    ("S_IFLNK", 0o120_000), ("S_IFSOCK", 0o140_000),
    ("PTRACE_TRACEME", 0), ("PTRACE_PEEKTEXT", 1), ("PTRACE_PEEKDATA", 2), ("PTRACE_PEEKUSER", 3), ("PTRACE_POKETEXT", 4),
    ("PTRACE_POKEDATA", 5), ("PTRACE_POKEUSER", 6), ("PTRACE_CONT", 7), ("PTRACE_KILL", 8), ("PTRACE_SINGLESTEP", 9),
    ("PTRACE_GETREGS", 12), ("PTRACE_SETREGS", 13), ("PTRACE_ATTACH", 16), ("PTRACE_DETACH", 17),
    ("PTRACE_GETREGSET", 0x4204), ("PTRACE_SETREGSET", 0x4205), ("PTRACE_SEIZE", 0x4206),
    ("BPF_MAP_CREATE", 0), ("BPF_PROG_LOAD", 5),
    ("SIGHUP", 1), ("SIGINT", 2), ("SIGQUIT", 3), ("SIGABRT", 6), ("SIGKILL", 9), ("SIGUSR1", 10), ("SIGSEGV", 11),
    ("SIGUSR2", 12), ("SIGPIPE", 13), ("SIGTERM", 15), ("SIGCHLD", 17), ("SIGCONT", 18), ("SIGSTOP", 19),
];

/// Names joined by `|` as bits, or a number written as text; `None` when no part is known.
pub(crate) fn bits(text: &str) -> Option<i64> {
    let mut sum = None;
    for part in text.split('|').map(str::trim) {
        let known = NAMES.iter().find(|entry| entry.0 == part).map(|entry| entry.1);
        let number = || match part.strip_prefix("0x") {
            Some(digits) => crate::text::hex_number(digits.as_bytes()).map(u64::cast_signed),
            None => part.parse().ok(),
        };
        if let Some(bit) = known.or_else(number) {
            sum = Some(sum.unwrap_or(0) | bit);
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_give_the_same_bits() {
        assert_eq!(bits("O_WRONLY|O_CREAT | O_TRUNC"), Some(0o1101));
        assert_eq!(bits("577"), Some(0o1101));
        assert_eq!(bits("0x20000"), bits("CLONE_NEWNS"));
        assert_eq!(bits("O_RDONLY"), Some(0));
        assert_eq!(bits("NO_SUCH"), None);
    }
}

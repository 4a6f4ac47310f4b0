//! System call numbers to names, for the architectures that audit logs of container hosts show.
//!
//! A raw audit record states a system call by number and `arch`; only the two together mean
//! something (165 is `mount` on x86_64 and `getresuid` on i386). The tables are complete up to
//! `file_setattr` (469); a later number has no name here, and the event says so by its number.

mod aarch64;
mod i386;
mod x86_64;

/// An architecture of audit's `arch=` field (`AUDIT_ARCH_*`, Linux `include/uapi/linux/audit.h`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Arch {
    /// `c000003e`.
    X86_64,
    /// `40000003`; also what 32-bit programs use on an x86_64 host.
    I386,
    /// `c00000b7`.
    Aarch64,
}

impl Arch {
    /// From the number in `arch=`; `None` for architectures without a table here.
    pub fn from_audit(number: u64) -> Option<Self> {
        match number {
            0xc000_003e => Some(Self::X86_64),
            0x4000_0003 => Some(Self::I386),
            0xc000_00b7 => Some(Self::Aarch64),
            _ => None,
        }
    }

    /// The number in `arch=`.
    pub fn audit_number(self) -> u64 {
        match self {
            Self::X86_64 => 0xc000_003e,
            Self::I386 => 0x4000_0003,
            Self::Aarch64 => 0xc000_00b7,
        }
    }

    /// From the name that an enriched log gives (`ARCH=x86_64`).
    pub fn from_name(name: &[u8]) -> Option<Self> {
        match name {
            b"x86_64" => Some(Self::X86_64),
            b"i386" => Some(Self::I386),
            b"aarch64" => Some(Self::Aarch64),
            _ => None,
        }
    }

    /// The usual name: `x86_64`, `i386`, `aarch64`.
    pub fn name(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64",
            Self::I386 => "i386",
            Self::Aarch64 => "aarch64",
        }
    }

    /// All names with their numbers, sorted by number.
    pub fn table(self) -> &'static [(u16, &'static str)] {
        match self {
            Self::X86_64 => x86_64::TABLE,
            Self::I386 => i386::TABLE,
            Self::Aarch64 => aarch64::TABLE,
        }
    }
}

/// The x32 bit: on x86_64, numbers with it set are calls of the x32 ABI, of which the first 512 are the same.
const X32_BIT: u64 = 0x4000_0000;

/// The number of the call with that name; `None` when the architecture has none.
pub fn number(arch: Arch, name: &str) -> Option<u16> {
    arch.table().iter().find(|entry| entry.1 == name).map(|entry| entry.0)
}

/// The name of system call `number` on `arch`; `None` when the table has no such number.
pub fn name(arch: Arch, number: u64) -> Option<&'static str> {
    let number = if arch == Arch::X86_64 && number & X32_BIT != 0 && number & !X32_BIT < 512 {
        number & !X32_BIT
    } else {
        number
    };
    let number = u16::try_from(number).ok()?;
    let table = arch.table();
    table.binary_search_by_key(&number, |entry| entry.0).ok().map(|at| table[at].1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_sorted_and_every_entry_is_found() {
        for arch in [Arch::X86_64, Arch::I386, Arch::Aarch64] {
            assert!(arch.table().is_sorted_by(|left, right| left.0 < right.0), "{arch:?}");
            for &(number, expected) in arch.table() {
                assert_eq!(name(arch, u64::from(number)), Some(expected));
            }
        }
    }

    #[test]
    fn the_same_number_means_different_calls() {
        assert_eq!(name(Arch::X86_64, 165), Some("mount"));
        assert_eq!(name(Arch::I386, 165), Some("getresuid"));
        assert_eq!(name(Arch::Aarch64, 40), Some("mount"));
        assert_eq!(name(Arch::X86_64, 0x4000_0000 | 2), Some("open"), "x32");
        assert_eq!(name(Arch::X86_64, 335), None);
        assert_eq!(name(Arch::X86_64, u64::MAX), None);
    }
}

//! The fields of an entry that mean something here.

use std::{borrow::Cow, sync::LazyLock};

use super::Entry;
use crate::text::{lossless, lossy, number};

/// Fields that become facts under their own names.
pub(super) const FACTS: &[&str] = &[
    "CODE_FUNC",
    "COMMAND",
    "CONTAINER_LOG_EPOCH",
    "CONTAINER_PARTIAL_MESSAGE",
    "CONTAINER_TAG",
    "COREDUMP_CGROUP",
    "COREDUMP_CMDLINE",
    "COREDUMP_CONTAINER_CMDLINE",
    "COREDUMP_FILENAME",
    "COREDUMP_SIGNAL",
    "COREDUMP_SIGNAL_NAME",
    "COREDUMP_UNIT",
    "EXIT_CODE",
    "EXIT_STATUS",
    "JOB_RESULT",
    "JOB_TYPE",
    "LEADER",
    "MESSAGE_ID",
    "N_DROPPED",
    "OBJECT_CMDLINE",
    "OBJECT_EXE",
    "OBJECT_PID",
    "OBJECT_SYSTEMD_UNIT",
    "OBJECT_UID",
    "PRIORITY",
    "SEAT_ID",
    "SESSION_ID",
    "SYSLOG_FACILITY",
    "SYSLOG_IDENTIFIER",
    "SYSLOG_PID",
    "UNIT",
    "UNIT_RESULT",
    "USER_ID",
    "USER_UNIT",
    "_CAP_EFFECTIVE",
    "_CMDLINE",
    "_GID",
    "_KERNEL_DEVICE",
    "_KERNEL_SUBSYSTEM",
    "_MACHINE_ID",
    "_NAMESPACE",
    "_SELINUX_CONTEXT",
    "_SOURCE_MONOTONIC_TIMESTAMP",
    "_SYSTEMD_CGROUP",
    "_SYSTEMD_SESSION",
    "_SYSTEMD_UNIT",
    "_SYSTEMD_USER_UNIT",
    "_TRANSPORT",
    "_UDEV_DEVNODE",
];

/// Fields that are read, and shown in another place than a fact of their own name.
const READ: &[&str] = &[
    "CONTAINER_ID",
    "CONTAINER_ID_FULL",
    "CONTAINER_NAME",
    "COREDUMP_COMM",
    "COREDUMP_EXE",
    "COREDUMP_PID",
    "COREDUMP_UID",
    "IMAGE_NAME",
    "MESSAGE",
    "_AUDIT_ID",
    "_AUDIT_LOGINUID",
    "_AUDIT_SESSION",
    "_AUDIT_TYPE",
    "_AUDIT_TYPE_NAME",
    "_COMM",
    "_EXE",
    "_HOSTNAME",
    "_PID",
    "_SOURCE_REALTIME_TIMESTAMP",
    "_UID",
];

/// The place of a fact in [`FACTS`].
fn fact(name: &[u8]) -> Option<usize> {
    // By length, of which few names have the same: every field of every entry is looked up.
    static BY_LENGTH: LazyLock<Vec<Vec<usize>>> = LazyLock::new(|| {
        let longest = FACTS.iter().map(|name| name.len()).max().unwrap_or(0);
        let of = |length| (0..FACTS.len()).filter(|&at| FACTS[at].len() == length).collect();
        (0..=longest).map(of).collect()
    });
    BY_LENGTH.get(name.len())?.iter().copied().find(|&at| FACTS[at].as_bytes() == name)
}

/// Whether events show the field. The parts of audit messages are shown as what they are part of.
pub(super) fn is_mapped(name: &[u8]) -> bool {
    let Ok(name) = std::str::from_utf8(name) else { return false };
    name.starts_with("_AUDIT_FIELD_")
        || name.starts_with("AUDIT_FIELD_")
        || fact(name.as_bytes()).is_some()
        || READ.binary_search(&name).is_ok()
}

macro_rules! known {
    ($($field:ident = $name:literal;)*) => {
        /// The values of an entry that decide what it is; of a field that occurs several times, the first.
        #[derive(Default)]
        pub(super) struct Known<'a> {
            $(pub $field: Option<&'a [u8]>,)*
            /// Whether the message is longer than what was kept of it.
            pub message_cut: bool,
            /// The facts, by their place in [`FACTS`] and in that order.
            pub facts: Vec<(usize, &'a [u8])>,
        }

        impl<'a> Known<'a> {
            /// Picks them out of an entry.
            pub fn read(entry: &'a Entry<'_>) -> Self {
                let mut known = Self::default();
                for field in &entry.fields {
                    let value = (!field.cut || !field.value.is_empty()).then_some(&*field.value);
                    match field.name {
                        $($name => {
                            known.$field = known.$field.or(value);
                            known.message_cut |= field.cut && field.name == b"MESSAGE";
                        })*
                        _ => {}
                    }
                    if let (Some(value), Some(at)) = (value, fact(field.name)) {
                        known.facts.push((at, value));
                    }
                }
                // Of a field that occurs several times, the first.
                known.facts.sort_by_key(|fact| fact.0);
                known.facts.dedup_by_key(|fact| fact.0);
                known
            }
        }
    };
}

known! {
    message = b"MESSAGE";
    message_id = b"MESSAGE_ID";
    transport = b"_TRANSPORT";
    identifier = b"SYSLOG_IDENTIFIER";
    source_time = b"_SOURCE_REALTIME_TIMESTAMP";
    host = b"_HOSTNAME";
    facility = b"SYSLOG_FACILITY";
    unit = b"_SYSTEMD_UNIT";
    pid = b"_PID";
    uid = b"_UID";
    login_uid = b"_AUDIT_LOGINUID";
    session = b"_AUDIT_SESSION";
    comm = b"_COMM";
    exe = b"_EXE";
    audit_type = b"_AUDIT_TYPE";
    audit_name = b"_AUDIT_TYPE_NAME";
    audit_id = b"_AUDIT_ID";
    container_id = b"CONTAINER_ID";
    container_id_full = b"CONTAINER_ID_FULL";
    container_name = b"CONTAINER_NAME";
    image = b"IMAGE_NAME";
    dropped = b"N_DROPPED";
    user = b"USER_ID";
    core_pid = b"COREDUMP_PID";
    core_uid = b"COREDUMP_UID";
    core_signal = b"COREDUMP_SIGNAL";
    core_comm = b"COREDUMP_COMM";
    core_exe = b"COREDUMP_EXE";
}

impl Known<'_> {
    /// Whether a container wrote the message, and its runtime passed it on.
    pub fn is_of_container(&self) -> bool {
        self.container_id_full.is_some() || self.container_id.is_some()
    }

    /// Whether the kernel wrote the message. What a process writes to `/dev/kmsg` comes the same way, but the kernel
    /// does not let it have facility 0. Source: Linux `kernel/printk/printk.c` (`devkmsg_write`).
    fn is_of_kernel(&self) -> bool {
        self.transport == Some(b"kernel") && self.facility.is_none_or(|facility| facility == b"0")
    }

    /// Who wrote the message by what journald itself saw: the kernel, a system service, else a program of root. No name
    /// that the message gives itself counts; of a container's output, the name that its runtime gives.
    pub fn writer(&self) -> Option<Cow<'_, str>> {
        if self.is_of_kernel() {
            return Some("kernel".into());
        }
        let of_root = |name: Option<&'_ [u8]>| name.filter(|_| self.uid == Some(b"0")).map(lossless);
        let is_runtime = |comm: &[u8]| [&b"dockerd"[..], b"conmon", b"podman"].contains(&comm);
        let writer = match self.unit {
            _ if self.is_of_container() => of_root(self.container_name.filter(|_| self.comm.is_some_and(is_runtime))),
            Some(unit) => of_root(Some(unit).filter(|unit| unit.ends_with(b".service") && !unit.starts_with(b"user@"))),
            None => of_root(self.comm),
        };
        writer.map(Cow::Owned)
    }

    /// The program that wrote the message. `kernel` is said of the kernel alone, whatever others call themselves.
    pub fn program(&self) -> Option<Cow<'_, str>> {
        if self.is_of_kernel() {
            return Some("kernel".into());
        }
        let stated = if self.is_of_container() { self.container_name } else { self.identifier.or(self.comm) };
        stated.filter(|name| *name != b"kernel").map(lossy)
    }

    /// The audit record that journald took apart: its type name stands before the message, time and serial in fields.
    pub fn audit_record(&self, time: model::Timestamp) -> Option<Vec<u8>> {
        if self.transport != Some(b"audit") {
            return None;
        }
        let (name, id, message) = (self.audit_name?, self.audit_id.and_then(number)?, self.message?);
        let body = message.strip_prefix(name)?.trim_ascii_start();
        // What journald has no name for, auditd calls by its number.
        let unnamed = name.strip_prefix(b"AUDIT").filter(|digits| number(digits).is_some());
        let name = unnamed.map_or(lossless(name), |digits| format!("UNKNOWN[{}]", lossless(digits)));
        let (seconds, millis) = (time.seconds(), time.subsecond_nanos() / 1_000_000);
        let mut record = format!("type={name} msg=audit({seconds}.{millis:03}:{id}): ").into_bytes();
        record.extend_from_slice(body);
        Some(record)
    }

    /// How many messages journald says that it did not keep.
    pub fn lost(&self) -> Option<u64> {
        let stated = self.dropped.and_then(number);
        stated.or_else(|| self.message?.split(|byte| !byte.is_ascii_digit()).find_map(number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_sorted() {
        assert!(FACTS.is_sorted() && READ.is_sorted());
    }
}

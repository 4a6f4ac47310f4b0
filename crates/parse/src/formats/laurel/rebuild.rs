//! From laurel's objects back to the records that the kernel wrote.

use super::spelling;
use crate::{
    Batch,
    formats::auditd::Rebuilt,
    json_tree::Node,
    syscalls::{self, Arch},
};

/// What an event holds besides its records.
#[derive(Default)]
pub(super) struct Parts {
    /// What laurel added.
    pub facts: Vec<(String, String)>,
    /// Whether the arguments of a program start came joined, so that nobody can say where one ends.
    pub arguments_joined: bool,
}

/// Facts of one event; an `ENV` list is configured by hand and short.
const FACTS_MAX: usize = 64;
/// Characters of one fact.
const FACT_CHARS_MAX: usize = 4096;

impl Parts {
    /// Reads an event into `records`.
    pub fn read(&mut self, event: &Node<'_>, records: &mut Rebuilt, out: &mut Batch) {
        for (name, value) in event.fields() {
            match (&**name, value) {
                ("ID" | "NODE", _) => {}
                ("CONTAINER_INFO" | "CONTAINER", _) => self.container(value),
                ("PARENT_INFO", _) => self.parent(value),
                (name, Node::Map(_)) if is_type(name) => self.record(name, value, records, out),
                (name, Node::List(list)) if is_type(name) => {
                    list.iter().for_each(|record| self.record(name, record, records, out));
                }
                (name, _) => out.unmapped.note(name),
            }
        }
    }

    fn record(&mut self, type_name: &str, record: &Node<'_>, records: &mut Rebuilt, out: &mut Batch) {
        records.begin(type_name.as_bytes());
        for (key, value) in record.fields() {
            match (type_name, &**key) {
                ("SYSCALL", "ARGV") => arguments(value, records),
                ("EXECVE", "ARGV" | "ARGV_STR") | (_, "SADDR" | "ARCH" | "SYSCALL") => {}
                ("PROCTITLE", "ARGV") => title(value, records),
                (_, "PPID") => self.parent(value),
                (_, "CONTAINER_INFO" | "CONTAINER") => self.container(value),
                ("EXECVE", "ENV") => self.environment(value),
                (_, "LABELS" | "SCRIPT") => self.fact(&key.to_lowercase(), value),
                (_, key) if key.bytes().any(|byte| byte.is_ascii_lowercase()) => {
                    field(type_name, key, value, records);
                }
                // Names that auditd or laurel looked up for a number of the record (`AUID`), and what is known of a pid.
                (_, key) if matches!(value, Node::Text(_)) || key.ends_with("PID") || value.is_null() => {}
                (type_name, key) => out.unmapped.note(&format!("{type_name}.{key}")),
            }
        }
        match type_name {
            "SYSCALL" => numbers(record, records),
            "SOCKADDR" if record.get("saddr").is_null() => socket(record.get("SADDR"), records),
            "EXECVE" => self.command(record, records),
            _ => {}
        }
        records.end();
    }

    /// The arguments of a program start, as a list or joined by spaces.
    fn command(&mut self, record: &Node<'_>, records: &mut Rebuilt) {
        let list = record.get("ARGV").items();
        let declared = record.get("argc").int();
        if !list.is_empty() {
            if let Some(declared) = declared {
                records.key(b"argc").extend_from_slice(declared.to_string().as_bytes());
            }
            return argv(list.iter().map(|item| item.text().unwrap_or_default()), records);
        }
        let Some(joined) = record.get("ARGV_STR").str() else { return };
        if declared.and_then(|count| usize::try_from(count).ok()) == Some(joined.split(' ').count()) {
            return argv(joined.split(' ').map(Into::into), records);
        }
        argv(std::iter::once(joined.into()), records);
        self.arguments_joined = true;
        self.facts.push(("argv_joined".to_string(), "yes".to_string()));
    }

    fn container(&mut self, info: &Node<'_>) {
        self.fact("container.id", info.any(&["ID", "id"]));
        self.fact("container.name", info.any(&["NAME", "name"]));
    }

    fn parent(&mut self, info: &Node<'_>) {
        self.fact("ppid.comm", info.any(&["comm", "COMM"]));
        self.fact("ppid.exe", info.any(&["exe", "EXE"]));
    }

    fn environment(&mut self, variables: &Node<'_>) {
        for (name, value) in variables.fields() {
            self.fact(&format!("env.{name}"), value);
        }
    }

    fn fact(&mut self, name: &str, value: &Node<'_>) {
        if let Some(text) = value.text().filter(|_| self.facts.len() < FACTS_MAX) {
            let bytes = spelling::decoded(&text);
            let text: String = crate::text::lossless(&bytes).chars().take(FACT_CHARS_MAX).collect();
            self.facts.push((name.chars().take(FACT_CHARS_MAX).collect(), text));
        }
    }
}

/// Whether a name can be that of a record type: `SYSCALL`, `UNKNOWN[1399]`.
fn is_type(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_uppercase())
        && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || b"_[]".contains(&byte))
}

fn field(type_name: &str, key: &str, value: &Node<'_>, records: &mut Rebuilt) {
    // A key with other characters would be read as something else.
    if !key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-[]".contains(&byte)) {
        return;
    }
    // Belongs to the list of arguments, which may be there in two spellings.
    if type_name == "EXECVE" && key == "argc" {
        return;
    }
    let out = records.key(key.as_bytes());
    match value {
        Node::Null => out.extend_from_slice(b"(null)"),
        Node::Text(text) => spelling::write(type_name, key, text, out),
        // The keys of several rules.
        Node::List(list) => {
            let all: Vec<_> = list.iter().map(|item| item.text().unwrap_or_default()).collect();
            spelling::write(type_name, key, &all.join("\u{1}"), out);
        }
        other => out.extend_from_slice(other.text().unwrap_or_default().as_bytes()),
    }
}

/// `SYSCALL.ARGV`: `a0` to `a3`.
fn arguments(list: &Node<'_>, records: &mut Rebuilt) {
    for (name, value) in [b"a0", b"a1", b"a2", b"a3"].iter().zip(list.items()) {
        if let Some(digits) = value.str().and_then(spelling::argument) {
            records.key(*name).extend_from_slice(digits);
        }
    }
}

/// `PROCTITLE.ARGV`, with NUL between the arguments.
fn title(list: &Node<'_>, records: &mut Rebuilt) {
    let mut title = Vec::new();
    for (at, value) in list.items().iter().enumerate() {
        if at > 0 {
            title.push(0);
        }
        title.extend_from_slice(&spelling::decoded(&value.text().unwrap_or_default()));
    }
    spelling::name(&title, records.key(b"proctitle"));
}

fn argv<'t>(arguments: impl Iterator<Item = std::borrow::Cow<'t, str>>, records: &mut Rebuilt) {
    for (at, argument) in arguments.enumerate() {
        spelling::name(&spelling::decoded(&argument), records.key(format!("a{at}").as_bytes()));
    }
}

/// A configuration that drops raw values keeps only the names of architecture and call.
fn numbers(record: &Node<'_>, records: &mut Rebuilt) {
    let named = record.get("ARCH").str().and_then(|name| Arch::from_name(name.as_bytes()));
    let stated = record.get("arch").int().and_then(|number| Arch::from_audit(number.cast_unsigned()));
    let Some(arch) = stated.or(named) else { return };
    if stated.is_none() {
        records.key(b"arch").extend_from_slice(format!("{:x}", arch.audit_number()).as_bytes());
    }
    if record.get("syscall").is_null()
        && let Some(name) = record.get("SYSCALL").str()
        && let Some(number) = syscalls::number(arch, name)
    {
        records.key(b"syscall").extend_from_slice(number.to_string().as_bytes());
    }
}

/// A translated socket address: laurel's own spelling, or auditd's.
fn socket(address: &Node<'_>, records: &mut Rebuilt) {
    let Some(family) = address.any(&["saddr_fam", "fam"]).str() else { return };
    let host = address.any(&["addr", "laddr"]).str().unwrap_or("");
    let port = address.any(&["port", "lport"]).int().and_then(|port| u16::try_from(port).ok()).unwrap_or(0);
    let path = address.get("path").str().unwrap_or("");
    let mut digits = Vec::new();
    if spelling::socket_address(family, host, port, path, &mut digits) {
        records.key(b"saddr").extend_from_slice(&digits);
    }
}

//! The event that an entry is by itself.

use model::{Action, Address, Bytes, Event, Outcome, Timestamp};

use super::{
    Entry, draft_at,
    known::{FACTS, Known},
    mark_carried,
};
use crate::{
    sessions,
    text::{first_chars, lossless, lossy, number},
};

/// Characters of one fact; command lines are the long ones.
const FACT_CHARS_MAX: usize = 16_384;
/// Fields of this size and more are left out by `journalctl -o json`, so they cannot identify an entry.
/// Source: `JSON_THRESHOLD` of systemd's `logs-show.c`; the name and `=` count.
const JSON_FIELD_BYTES: usize = 4096;
/// How far the sender's time may lie from journald's: beyond it, one of the clocks was being set.
const SOURCE_TIME_NANOS_MAX: i64 = 3_600_000_000_000;

/// Messages that journald, systemd and logind mark by a number. Source: systemd `sd-messages.h`.
mod ids {
    pub const COREDUMP: &[u8] = b"fc2e22bc6ee647b6b90729ab34a250b1";
    pub const JOURNAL_START: &[u8] = b"f77379a8490b408bbe5f6940505a777b";
    pub const JOURNAL_STOP: &[u8] = b"d93fb3c9c24d451a97cea615ce59c00b";
    pub const JOURNAL_DROPPED: &[u8] = b"a596d6fe7bfa4994828e72309e95d61e";
    pub const JOURNAL_MISSED: &[u8] = b"e9bf28e6e834481bb6f48f548ad13606";
    pub const SESSION_START: &[u8] = b"8d45620c1a4348dbb17410da57c60c66";
    pub const SESSION_STOP: &[u8] = b"3354939424b4456d9802ca8333ed424a";
    pub const TIME_CHANGE: &[u8] = b"c7a787079b354eaaa9e77b371893cd27";
}

/// Drafts the event of an entry that journald received at `received`.
pub(super) fn event(
    format: &str,
    entry: &Entry<'_>,
    known: &Known<'_>,
    received: Timestamp,
    address: Address,
) -> Event {
    let time = known.source_time.and_then(number).and_then(|micros| i64::try_from(micros).ok()?.checked_mul(1000));
    let time = time.filter(|time| time.abs_diff(received.0) <= SOURCE_TIME_NANOS_MAX.unsigned_abs());
    let mut event = draft_at(format, time.map_or(received, Timestamp), address);
    event.host = known.host.filter(|host| !host.is_empty()).map(cut);
    event.facts = known.facts.iter().map(|&(at, value)| (FACTS[at].to_string(), cut(value))).collect();
    if let Some(boot) = entry.boot.map(|boot| hex(&boot)) {
        event.occurrence = occurrence(&boot, entry, known);
        event.facts.insert("_BOOT_ID", boot);
    }
    if !entry.unsound.is_empty() {
        let names: Vec<String> = entry.unsound.iter().map(|name| lossless(name)).collect();
        event.facts.insert("damaged_fields", names.join(","));
    }
    actor(known, &mut event);
    container(known, &mut event);
    if let Some(message) = known.message {
        event.facts.insert("message", cut(message));
    }
    interpret(known, &mut event);
    event
}

/// What is the same in every copy of the entry, whichever journal it was merged into and however it was exported.
///
/// The cursor is not (it has the file's own ids), and the sequence number is in no JSON before systemd 254:
/// boot and both clocks are in all of them. Entries of one microsecond are told apart by their message.
fn occurrence(boot: &str, entry: &Entry<'_>, known: &Known<'_>) -> Option<String> {
    let (since, received) = (entry.monotonic?, entry.realtime?);
    let mut text = format!("journal:{boot}:{since:x}:{received:x}:");
    match known.message {
        _ if known.message_cut => text.push_str("large"),
        None => text.push_str("none"),
        Some(message) if message.len() + "MESSAGE=".len() >= JSON_FIELD_BYTES => text.push_str("large"),
        // FNV-1a, 64 bits: any hash that never changes will do.
        Some(message) => {
            let start = 0xcbf2_9ce4_8422_2325_u64;
            let hash = message.iter().fold(start, |hash, &b| (hash ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
            text.push_str(&hex(&hash.to_be_bytes()));
        }
    }
    Some(text)
}

/// Who wrote the message. In entries of a container it is the runtime that passed it on, which did nothing else.
fn actor(known: &Known<'_>, event: &mut Event) {
    let id = |value: Option<&[u8]>| {
        value.and_then(number).and_then(|id| u32::try_from(id).ok()).filter(|&id| id != u32::MAX)
    };
    if known.is_of_container() {
        for (name, value) in [("_PID", known.pid), ("_COMM", known.comm), ("_EXE", known.exe)] {
            if let Some(value) = value {
                event.facts.insert(name, cut(value));
            }
        }
        return;
    }
    event.actor.pid = id(known.pid);
    event.actor.uid = id(known.uid);
    event.actor.auid = id(known.login_uid);
    event.actor.session = id(known.session);
    event.actor.comm = known.comm.map(Bytes::from);
    event.actor.exe = known.exe.map(Bytes::from);
}

/// The container that wrote the message, as its runtime names it.
fn container(known: &Known<'_>, event: &mut Event) {
    // `registry:5000/name:tag`: the tag's colon is the one behind the last slash.
    let image = known.image.unwrap_or_default();
    let slash = image.iter().rposition(|&byte| byte == b'/').unwrap_or(0);
    let colon = image[slash..].iter().position(|&byte| byte == b':').map(|colon| slash + colon);
    let (repository, tag) = match colon {
        Some(colon) if !image.contains(&b'@') => (Some(&image[..colon]), Some(&image[colon + 1..])),
        _ => (Some(image), None),
    };
    let facts = [
        ("container.id", known.container_id_full.or(known.container_id)),
        ("container.name", known.container_name),
        ("container.image.repository", repository),
        ("container.image.tag", tag),
    ];
    for (name, value) in facts {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            event.facts.insert(name, cut(value));
        }
    }
}

fn interpret(known: &Known<'_>, event: &mut Event) {
    // A program can send any MESSAGE_ID; what journald and logind say of themselves has their names.
    let from = |program: &[u8]| known.comm.or(known.identifier).is_some_and(|comm| comm.starts_with(program));
    match known.message_id {
        Some(ids::COREDUMP) => crash(known, event),
        Some(ids::SESSION_START) if from(b"systemd-logind") => session("opened", known, event),
        Some(ids::SESSION_STOP) if from(b"systemd-logind") => session("closed", known, event),
        Some(ids::TIME_CHANGE) if from(b"systemd") => event.action = Action::ClockStep,
        Some(ids::JOURNAL_START) if from(b"systemd-journal") => recorder("start", event),
        Some(ids::JOURNAL_STOP) if from(b"systemd-journal") => recorder("stop", event),
        Some(ids::JOURNAL_DROPPED | ids::JOURNAL_MISSED) if from(b"systemd-journal") => {
            event.action = Action::AuditLost;
            if let Some(lost) = known.lost() {
                event.facts.insert("lost", lost.to_string());
            }
        }
        _ if known.is_of_container() => {}
        _ => {
            if let (Some(program), Some(message)) = (known.program(), known.message) {
                sessions::interpret(&program, &lossy(message), event);
            }
        }
    }
}

fn recorder(act: &str, event: &mut Event) {
    event.action = Action::AuditConfig;
    event.facts.insert("op", act);
}

fn session(what: &str, known: &Known<'_>, event: &mut Event) {
    event.action = Action::UserSession;
    event.outcome = Outcome::Succeeded;
    event.facts.insert("what", what);
    event.actor.user = known.user.map(cut);
}

/// systemd-coredump's report: the actor is the process that crashed.
fn crash(known: &Known<'_>, event: &mut Event) {
    let number_of = |value: Option<&[u8]>| value.and_then(number).and_then(|id| u32::try_from(id).ok());
    event.action = Action::ProcessCrash;
    event.outcome = Outcome::Succeeded;
    event.actor = model::Actor {
        pid: number_of(known.core_pid),
        uid: number_of(known.core_uid),
        comm: known.core_comm.map(Bytes::from),
        exe: known.core_exe.map(Bytes::from),
        ..model::Actor::default()
    };
    if let Some(signal) = known.core_signal {
        event.facts.insert("sig", cut(signal));
    }
}

/// Adds to a carried event what the entry says and the record itself does not.
pub(super) fn add_context(entry: &Event, carried: &mut Event) {
    // Audit records have an identity of their own, the same in every log that has them.
    if carried.format == "auditd" {
        return;
    }
    mark_carried(carried);
    if carried.occurrence.is_none() {
        carried.occurrence.clone_from(&entry.occurrence);
    }
    if carried.host.is_none() {
        carried.host.clone_from(&entry.host);
    }
    for name in
        ["_BOOT_ID", "_SYSTEMD_UNIT", "_SOURCE_MONOTONIC_TIMESTAMP", "container.id", "container.name", "damaged_fields"]
    {
        if let Some(value) = entry.facts.get(name)
            && !carried.facts.contains_key(name)
        {
            carried.facts.insert(name, value);
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(2 * bytes.len());
    for digit in bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]) {
        text.push(char::from(DIGITS[usize::from(digit)]));
    }
    text
}

/// A value as a fact: text as it is, other bytes escaped, its length bounded.
fn cut(value: &[u8]) -> String {
    let value = &value[..value.len().min(4 * FACT_CHARS_MAX)];
    let text = match std::str::from_utf8(value) {
        Ok(text) => text.to_string(),
        Err(_) => lossless(value),
    };
    match first_chars(&text, FACT_CHARS_MAX) {
        start if start.len() < text.len() => format!("{start}…"),
        _ => text,
    }
}

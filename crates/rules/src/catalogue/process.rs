//! Fields of the acting process and of those that it descends from.

use std::borrow::Cow;

use model::{Action, Bytes, Event};

use super::act;
use crate::{
    family::{Family, Member},
    seen::{Extent, Seen},
};

/// Ancestors that are followed.
const ANCESTORS_MAX: usize = 64;
/// The kernel cuts task names to this many bytes.
const TASK_NAME_BYTES: usize = 15;
/// Bytes of a process title that the audit log keeps; at that length it may be cut.
const TITLE_BYTES: usize = 128;

/// Whose fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Who {
    /// 0 is the acting process, 1 its parent, and so on.
    Generation(usize),
    /// Any ancestor.
    Ancestors,
}

/// Which field of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Trait {
    /// The task name.
    Name,
    /// The first argument, as the program was called.
    Exe,
    /// The program's path.
    ExePath,
    /// Task name and arguments.
    CmdLine,
    /// First argument and the others.
    CommandLine,
    /// The arguments behind the first.
    Args,
    /// How many there are of them.
    ArgCount,
    Pid,
    Cwd,
    /// Whether the program is a file in memory only.
    FromMemory,
}

/// What a source says of one process.
struct Person<'e> {
    comm: Option<Cow<'e, [u8]>>,
    exe: Option<&'e [u8]>,
    /// `None`: not known.
    argv: Option<Vec<&'e [u8]>>,
    pid: Option<u32>,
    cwd: Option<&'e [u8]>,
}

pub(super) fn read<'e>(who: Who, what: Trait, event: &'e Event, family: &'e Family) -> Seen<'e> {
    if event.actor.pid.is_none() && act::stream(event) == "k8s_audit" {
        return Seen::ABSENT;
    }
    match who {
        Who::Generation(0) => own(event, family).seen(what),
        Who::Generation(1) => match ancestor(1, event, family) {
            Found::Nobody => Seen::ABSENT,
            Found::Somebody(member) => of_member(member).seen(what),
            Found::Unknown => parent_in_record(event).map_or(Seen::UNKNOWN, |person| person.seen(what)),
        },
        Who::Generation(generation) => match ancestor(generation, event, family) {
            Found::Nobody => Seen::ABSENT,
            Found::Somebody(member) => of_member(member).seen(what),
            Found::Unknown => Seen::UNKNOWN,
        },
        Who::Ancestors => all(what, event, family),
    }
}

/// An ancestor, as far as the evidence goes.
enum Found<'e> {
    /// The line begins before.
    Nobody,
    Somebody(&'e Member),
    Unknown,
}

fn ancestor<'e>(generation: usize, event: &'e Event, family: &'e Family) -> Found<'e> {
    if is_first(event) {
        return Found::Nobody;
    }
    let mut key = event.parent.as_ref();
    for step in 1..=generation.min(ANCESTORS_MAX) {
        let Some(member) = key.and_then(|key| family.get(key)) else { return Found::Unknown };
        if step == generation {
            return Found::Somebody(member);
        }
        if member.is_first {
            return Found::Nobody;
        }
        key = member.parent.as_ref();
    }
    Found::Unknown
}

fn is_first(event: &Event) -> bool {
    event.actor.ppid == Some(0)
}

fn all<'e>(what: Trait, event: &'e Event, family: &'e Family) -> Seen<'e> {
    let mut values: Vec<Cow<'e, [u8]>> = Vec::new();
    let mut extent = Extent::AtLeast;
    for generation in 1..=ANCESTORS_MAX {
        match ancestor(generation, event, family) {
            Found::Nobody => {
                extent = Extent::All;
                break;
            }
            Found::Unknown => {
                if generation == 1 {
                    let parent = parent_in_record(event);
                    values.extend(parent.into_iter().flat_map(|person| person.seen(what).all().to_vec()));
                }
                break;
            }
            Found::Somebody(member) => values.extend(of_member(member).seen(what).all().iter().cloned()),
        }
    }
    Seen::many(values, extent)
}

fn own<'e>(event: &'e Event, family: &'e Family) -> Person<'e> {
    let actor = &event.actor;
    let bytes = |text: &'e Option<Bytes>| text.as_ref().map(Bytes::as_bytes);
    let exe = bytes(&actor.exe);
    let started = event.process.as_ref().and_then(|key| family.get(key)).filter(|member| !member.argv.is_empty());
    let argv: Option<Vec<&[u8]>> = match (event.action, started) {
        // What it was started with, rather than the title that it may have given itself.
        (action, Some(member)) if action != Action::ProcessExec => Some(words(&member.argv)),
        _ if actor.argv.is_empty() => None,
        (Action::ProcessExec, _) => Some(words(&actor.argv)),
        _ => {
            let length: usize = actor.argv.iter().map(|word| word.as_bytes().len() + 1).sum();
            let is_title = matches!(event.format.as_str(), "auditd" | "laurel");
            (!is_title || length < TITLE_BYTES).then(|| words(&actor.argv))
        }
    };
    let comm = bytes(&actor.comm).map(Cow::Borrowed).or_else(|| task_name(exe, event));
    Person { comm, exe, argv, pid: actor.pid, cwd: bytes(&actor.cwd) }
}

fn words(argv: &[Bytes]) -> Vec<&[u8]> {
    argv.iter().map(Bytes::as_bytes).collect()
}

/// Tetragon names the program and not the task, which is called after it.
fn task_name<'e>(exe: Option<&'e [u8]>, event: &Event) -> Option<Cow<'e, [u8]>> {
    if event.format != "tetragon" {
        return None;
    }
    let exe = exe?;
    let start = exe.iter().rposition(|&byte| byte == b'/').map_or(0, |slash| slash + 1);
    let name = &exe[start..];
    Some(name[..name.len().min(TASK_NAME_BYTES)].into())
}

/// The parent that some sources name in each record.
fn parent_in_record(event: &Event) -> Option<Person<'_>> {
    let exe = event.fact("parent.binary")?.as_bytes();
    let argv = event.fact("parent.arguments").map(|arguments| {
        std::iter::once(exe).chain(arguments.split(' ').filter(|word| !word.is_empty()).map(str::as_bytes)).collect()
    });
    Some(Person { comm: task_name(Some(exe), event), exe: Some(exe), argv, pid: event.actor.ppid, cwd: None })
}

fn of_member(member: &Member) -> Person<'_> {
    Person {
        comm: member.comm.as_ref().map(|comm| comm.as_bytes().into()),
        exe: member.exe.as_ref().map(Bytes::as_bytes),
        argv: (!member.argv.is_empty()).then(|| words(&member.argv)),
        pid: Some(member.pid),
        cwd: None,
    }
}

impl<'e> Person<'e> {
    fn seen(&self, what: Trait) -> Seen<'e> {
        let joined = |first: &[u8], rest: &[&[u8]]| {
            let mut out = first.to_vec();
            for word in rest {
                out.push(b' ');
                out.extend_from_slice(word);
            }
            Seen::owned(out)
        };
        let rest = || self.argv.as_ref().map(|argv| argv.get(1..).unwrap_or(&[]));
        match what {
            Trait::Name => match &self.comm {
                Some(Cow::Borrowed(comm)) => Seen::borrowed(comm),
                Some(Cow::Owned(comm)) => Seen::owned(comm.clone()),
                None => Seen::UNKNOWN,
            },
            Trait::Exe => Seen::or(self.argv.as_ref().and_then(|argv| argv.first().copied()), Seen::UNKNOWN),
            Trait::ExePath => Seen::or(self.exe, Seen::UNKNOWN),
            Trait::CmdLine => match (&self.comm, rest()) {
                (Some(comm), Some(rest)) => joined(comm, rest),
                _ => Seen::UNKNOWN,
            },
            Trait::CommandLine => match self.argv.as_ref().and_then(|argv| argv.split_first()) {
                Some((first, rest)) => joined(first, rest),
                None => Seen::UNKNOWN,
            },
            Trait::Args => match rest().and_then(<[_]>::split_first) {
                Some((first, rest)) => joined(first, rest),
                None if self.argv.is_some() => Seen::text(""),
                None => Seen::UNKNOWN,
            },
            Trait::ArgCount => rest().map_or(Seen::UNKNOWN, |rest| Seen::number(rest.len())),
            Trait::Pid => self.pid.map_or(Seen::UNKNOWN, Seen::number),
            Trait::Cwd => Seen::or(self.cwd, Seen::UNKNOWN),
            Trait::FromMemory => self
                .exe
                .map_or(Seen::UNKNOWN, |exe| Seen::truth(exe.starts_with(b"memfd:") || exe.starts_with(b"/memfd:"))),
        }
    }
}

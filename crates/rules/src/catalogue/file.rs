//! Fields of files and sockets.

use std::net::SocketAddr;

use model::{Action, Bytes, Event, Object, ObjectKind, Outcome, Role};

use super::act;
use crate::seen::{Extent, Seen};

/// Which field of the file or socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum FileField {
    /// Name, directory, last component of what a descriptor stands for.
    Name,
    Directory,
    Filename,
    Number,
    Type,
    TypeLetter,
    /// The address, or port, of one side of a connection.
    Address(Side),
    Port(Side),
    /// The path that a call names, whichever call it is.
    Path,
    SourcePath,
    TargetPath,
    /// Every path of the event.
    Paths,
    Inode,
}

/// Sides of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Side {
    Server,
    Client,
    /// Either.
    Any,
}

pub(super) fn read(field: FileField, event: &Event) -> Seen<'_> {
    match field {
        FileField::Path | FileField::TargetPath => act::of_call(event, || match event.action {
            Action::SocketConnect | Action::SocketBind | Action::ProcessExec => Seen::ABSENT,
            _ => path(event, Role::Target),
        }),
        FileField::SourcePath => act::of_call(event, || path(event, Role::Source)),
        FileField::Paths => paths(event),
        FileField::Inode => match event.object(Role::Target).map(|target| target.inode) {
            Some(Some(inode)) => Seen::number(inode),
            _ => Seen::UNKNOWN,
        },
        _ => match has_descriptor(event) {
            Some(true) => of_descriptor(field, event),
            Some(false) => Seen::ABSENT,
            None => Seen::UNKNOWN,
        },
    }
}

/// Whether Falco would know a descriptor in this event; `None` where the record does not say which call it is.
fn has_descriptor(event: &Event) -> Option<bool> {
    if act::stream(event) != "syscall" {
        return Some(false);
    }
    match (event.action, event.fact("syscall")) {
        (Action::FileRead | Action::FileWrite | Action::HandleOpen | Action::SocketConnect | Action::SocketBind, _) => {
            Some(true)
        }
        (Action::FileCreate, Some(call)) => Some(call.starts_with("open") || call == "creat"),
        (Action::FileMetadata | Action::FileTruncate, Some(call)) => {
            Some(call.starts_with('f') && !call.ends_with("at"))
        }
        (Action::Other, _) => None,
        (Action::FileCreate | Action::FileMetadata | Action::FileTruncate, None) => None,
        _ => Some(false),
    }
}

fn of_descriptor(field: FileField, event: &Event) -> Seen<'_> {
    if field == FileField::Number {
        return match event.outcome {
            Outcome::Failed { code } => Seen::number(-code.unwrap_or(1)),
            Outcome::Succeeded => act::returned(event).unwrap_or(Seen::from(0)),
            Outcome::Unknown => Seen::UNKNOWN,
        };
    }
    let Some(target) = event.object(Role::Target) else { return Seen::UNKNOWN };
    let address = address(target);
    let is_network = matches!(target.kind, ObjectKind::Socket) && !is_path(target);
    match field {
        // Falco names both ends of a connection; the records here name one.
        FileField::Name if is_network => Seen::UNKNOWN,
        FileField::Directory | FileField::Filename if is_network => Seen::ABSENT,
        FileField::Name => path(event, Role::Target),
        FileField::Directory => path(event, Role::Target).map(|path| Some(split(path).0.to_vec())),
        FileField::Filename => path(event, Role::Target).map(|path| Some(split(path).1.to_vec())),
        FileField::Type => kind(target, address, &["ipv4", "ipv6", "unix", "pipe", "directory", "file"]),
        FileField::TypeLetter => kind(target, address, &["4", "6", "u", "p", "d", "f"]),
        FileField::Address(_) | FileField::Port(_) if !is_network => Seen::ABSENT,
        FileField::Address(side) => {
            of_side(side, event, address.map(|address| address.ip().to_canonical().to_string()))
        }
        FileField::Port(side) => of_side(side, event, address.map(|address| address.port().to_string())),
        _ => Seen::UNKNOWN,
    }
}

/// A connect names the server, a bind the server's own address; nothing here names the client.
fn of_side(side: Side, event: &Event, known: Option<String>) -> Seen<'_> {
    let Some(value) = known.map(String::into_bytes) else { return Seen::UNKNOWN };
    match side {
        Side::Server => Seen::owned(value),
        Side::Client if event.action == Action::SocketBind => Seen::ABSENT,
        Side::Client => Seen::UNKNOWN,
        Side::Any => Seen::many(vec![value.into()], Extent::AtLeast),
    }
}

/// The address that a socket object stands for.
pub(super) fn address(object: &Object) -> Option<SocketAddr> {
    std::str::from_utf8(object.name.as_ref()?.as_bytes()).ok()?.parse().ok()
}

fn is_path(object: &Object) -> bool {
    object.name.as_ref().is_some_and(|name| name.as_bytes().starts_with(b"/") || name.as_bytes().starts_with(b"@"))
}

fn kind<'e>(object: &Object, address: Option<SocketAddr>, names: &'static [&'static str; 6]) -> Seen<'e> {
    let [ipv4, ipv6, unix, pipe, directory, file] = names;
    match object.kind {
        ObjectKind::Socket if is_path(object) => Seen::text(unix),
        ObjectKind::Socket => match address {
            Some(address) if address.is_ipv4() => Seen::text(ipv4),
            Some(_) => Seen::text(ipv6),
            None => Seen::UNKNOWN,
        },
        ObjectKind::Fifo => Seen::text(pipe),
        ObjectKind::Directory => Seen::text(directory),
        // A record without the mode does not say what kind of file it was.
        ObjectKind::File if object.mode.is_none() => Seen::UNKNOWN,
        _ => Seen::text(file),
    }
}

/// The name of the first object of that role. One that is relative to a directory nobody named is not known.
pub(super) fn path(event: &Event, role: Role) -> Seen<'_> {
    let Some(object) = event.object(role) else { return Seen::UNKNOWN };
    match object.name.as_ref().map(Bytes::as_bytes) {
        Some(name) if is_whole(name) => Seen::borrowed(name),
        _ => Seen::UNKNOWN,
    }
}

fn is_whole(name: &[u8]) -> bool {
    name.starts_with(b"/") || name.starts_with(b"@")
}

fn paths(event: &Event) -> Seen<'_> {
    let names = event.objects.iter().filter_map(|object| object.name.as_ref());
    let values: Vec<_> = names.map(|name| name.as_bytes().into()).collect();
    let complete = !event.objects.is_empty() && event.objects.len() == values.len();
    Seen::many(values, if complete { Extent::All } else { Extent::AtLeast })
}

/// Directory and last component.
fn split(path: &[u8]) -> (&[u8], &[u8]) {
    match path.iter().rposition(|&byte| byte == b'/') {
        Some(0) => (b"/", &path[1..]),
        Some(slash) => (&path[..slash], &path[slash + 1..]),
        None => (b"", path),
    }
}

//! Objects that stand in other records than `PATH`: processes, sockets, modules, programs of the kernel.

use model::{Action, Event, Object, ObjectKind, Role};

use super::{
    assemble::{Kind, OpenEvent, Record},
    clock,
    draft::fact,
    fields::{Fields, id, untrusted_bytes},
    flags, message, recorder, sockaddr,
};
use crate::text::{lossless, unhex};

/// Objects that come from other records than `PATH`.
pub(super) fn from_records(event: &OpenEvent, draft: &mut Event) {
    for record in &event.records {
        let body = event.body(record);
        match record.kind {
            Kind::ObjPid => draft.objects.extend(process(body)),
            Kind::Sockaddr => socket(body, draft),
            Kind::KernelModule => draft.objects.extend(message::module(body)),
            Kind::Bpf => message::bpf(body, draft),
            Kind::Other => other_record(event, record, draft),
            _ => {}
        }
    }
}

/// A record that changes what the event is about, beside its system call.
fn other_record(event: &OpenEvent, record: &Record, draft: &mut Event) {
    let name = event.type_name(record);
    if name == b"CONFIG_CHANGE" {
        message::audit_config(event.body(record), draft);
    }
    if recorder::declared_loss(name, event.body(record)).is_some() && draft.action == Action::Other {
        draft.action = Action::AuditLost;
    }
    clock::record(name, event.body(record), draft);
    draft.facts.insert_missing("type", lossless(name));
}

fn socket(body: &[u8], draft: &mut Event) {
    let value = Fields::of(body).find(|field| field.0 == b"saddr").map(|field| field.1);
    let Some(address) = value.and_then(unhex).and_then(|bytes| sockaddr::decode(&bytes)) else { return };
    fact(&mut draft.facts, "family", flags::family(address.family));
    let Some(name) = address.name else { return };
    // A local path is also looked up: that item has the inode, and its name is already absolute.
    match draft.objects.iter_mut().find(|object| object.role == Role::Target) {
        Some(target) if address.family == 1 && !name.0.starts_with(b"@") => {
            target.kind = ObjectKind::Socket;
            target.name.get_or_insert(name);
        }
        Some(_) => {}
        None => {
            draft.objects.push(Object { name: Some(name), ..Object::new(Role::Target, ObjectKind::Socket) });
        }
    }
}

/// `OBJ_PID`: the process that a signal or trace was aimed at, as the host numbers it.
fn process(body: &[u8]) -> Option<Object> {
    let mut object = Object::new(Role::Target, ObjectKind::Process);
    for (name, value) in Fields::of(body) {
        match name {
            b"opid" => object.pid = id(value),
            b"ouid" => object.uid = id(value),
            b"ocomm" => object.name = untrusted_bytes(value),
            _ => {}
        }
    }
    object.pid.map(|_| object)
}

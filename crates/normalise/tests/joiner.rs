//! Copies of one event in several sources become one; equal events of one source stay apart.

use model::{Action, Address, Event, EventId, Object, ObjectKind, Role, Sha256, Timestamp};
use normalise::Joiner;

fn event(source: u8, offset: u64, time: i64) -> Event {
    let id = EventId::new(Sha256([source; 32]), offset, 0);
    let mut event = Event::draft(id, Timestamp(time), "syslog", Action::LogMessage);
    event.facts.insert("message", "started");
    event.addresses = vec![Address { source: Sha256([source; 32]), offset, length: 9 }];
    event
}

fn joined(events: Vec<Event>) -> (Vec<Event>, u64) {
    let (mut joiner, mut out) = (Joiner::default(), Vec::new());
    for event in events {
        joiner.push(event, &mut |event| out.push(event));
    }
    joiner.finish(&mut |event| out.push(event));
    assert!(out.is_sorted_by_key(Event::order), "the order holds");
    (out, joiner.joined.values().sum())
}

#[test]
fn a_line_in_two_files_is_one_event_with_two_addresses() {
    let (out, count) = joined(vec![event(1, 0, 5), event(2, 70, 5)]);
    assert_eq!((out.len(), count), (1, 1));
    assert_eq!(out[0].addresses.len(), 2);
    assert_eq!(out[0].id, event(1, 0, 5).id);
}

#[test]
fn a_line_twice_in_one_file_is_two_events_also_where_a_second_file_has_both() {
    assert_eq!(joined(vec![event(1, 0, 5), event(1, 9, 5)]).0.len(), 2);
    let (out, count) = joined(vec![event(1, 0, 5), event(1, 9, 5), event(2, 0, 5), event(2, 9, 5)]);
    assert_eq!((out.len(), count), (2, 2));
    let three_and_two = vec![event(1, 0, 5), event(1, 9, 5), event(1, 18, 5), event(2, 0, 5), event(2, 9, 5)];
    assert_eq!(joined(three_and_two).0.len(), 3);
}

#[test]
fn other_times_other_words_and_other_hosts_are_other_events() {
    let mut worded = event(2, 0, 5);
    worded.facts.insert("message", "ended");
    assert_eq!(joined(vec![event(1, 0, 5), worded]).0.len(), 2);
    assert_eq!(joined(vec![event(1, 0, 5), event(2, 0, 6)]).0.len(), 2);
    let on = |host: &str, source| Event { host: Some(host.to_string()), ..event(source, 0, 5) };
    assert_eq!(joined(vec![on("a", 1), on("b", 2)]).0.len(), 2);
    // A source that names no host may be of any.
    let (out, _) = joined(vec![event(1, 0, 5), on("b", 2)]);
    assert_eq!(out.len(), 1);
    assert_eq!(out[0].host.as_deref(), Some("b"));
}

#[test]
fn an_audit_event_is_known_by_its_serial_and_the_fuller_copy_speaks() {
    let audit = |source, format: &str| Event {
        format: format.to_string(),
        serial: Some(77),
        action: Action::FileWrite,
        facts: Default::default(),
        ..event(source, 0, 5)
    };
    let mut full = audit(2, "auditd");
    full.objects.push(Object::new(Role::Target, ObjectKind::File));
    let (out, _) = joined(vec![audit(1, "laurel"), full]);
    assert_eq!(out.len(), 1);
    assert_eq!((out[0].objects.len(), out[0].addresses.len()), (1, 2));
    assert_eq!(out[0].id, audit(1, "laurel").id, "the identity of the first stays, so that the order holds");
    let other = Event { serial: Some(78), ..audit(2, "auditd") };
    assert_eq!(joined(vec![audit(1, "auditd"), other]).0.len(), 2);
}

#[test]
fn what_the_recorder_identifies_is_one_whatever_the_carrier_added() {
    let named = |source, fact: &str| {
        let mut event = event(source, 0, 5);
        event.occurrence = Some("k8s:1234".to_string());
        event.facts.insert("cluster", fact);
        event
    };
    assert_eq!(joined(vec![named(1, "a"), named(2, "b")]).0.len(), 1);
}

#[test]
fn a_copy_that_anyone_could_have_written_adds_nothing_but_its_place() {
    let audit = |source, carrier: Option<&str>, pid: u32| {
        let mut event = Event { serial: Some(77), action: Action::FileWrite, ..event(source, 0, 5) };
        event.format = "auditd".to_string();
        event.actor.pid = Some(pid);
        event.facts.extend(carrier.map(|carrier| (model::CARRIED_BY.to_string(), carrier.to_string())));
        event
    };
    let mut forged = audit(1, Some("syslog"), 666);
    forged.objects.push(Object::new(Role::Target, ObjectKind::File));
    forged.facts.insert("forged", "yes");
    // In any order, and beside any other way in which the record came.
    for (real, came) in [(audit(2, None, 1), None), (audit(2, Some("journal"), 1), Some("journal"))] {
        let moved = Event { id: EventId::new(Sha256([0; 32]), 0, 0), ..forged.clone() };
        let first = Event { addresses: vec![Address { source: Sha256([0; 32]), ..forged.addresses[0] }], ..moved };
        for forged in [first, forged.clone()] {
            let mut all = vec![real.clone(), forged];
            all.sort_by_key(Event::order);
            let (out, count) = joined(all);
            assert_eq!((out.len(), count), (1, 1));
            assert_eq!((out[0].actor.pid, out[0].objects.len(), out[0].fact("forged")), (Some(1), 0, None));
            assert_eq!((out[0].fact(model::CARRIED_BY), out[0].addresses.len()), (came, 2));
        }
    }
    assert_eq!(joined(vec![forged.clone()]).0[0].fact(model::CARRIED_BY), Some("syslog"));
}

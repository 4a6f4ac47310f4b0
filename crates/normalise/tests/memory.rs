//! What the folds remember has a bound, whatever the evidence names, and what had no room is counted.

use model::{Action, Bytes, Device, Event, EventId, Object, ObjectKind, Outcome, Role, Sha256, Timestamp};
use normalise::{Context, Forgotten, Policy};

fn event(at: u64, host: &str, pid: u32) -> Event {
    let id = EventId::new(Sha256([0; 32]), at, 0);
    let mut event = Event::draft(id, Timestamp(at as i64 * 1000), "auditd", Action::FileRead);
    event.host = Some(host.to_string());
    event.outcome = Outcome::Succeeded;
    (event.actor.pid, event.actor.ppid) = (Some(pid), Some(1));
    event
}

fn long(at: u64) -> Bytes {
    Bytes::from(format!("/{at}/{}", "x".repeat(4000)).as_str())
}

/// Both folds over the events; what was forgotten.
fn forgotten(events: impl Iterator<Item = Event> + Clone) -> Forgotten {
    let mut context = Context::new(Policy::default());
    events.clone().for_each(|event| context.observe(&event));
    let mut labeller = context.into_labeller();
    events.for_each(|event| {
        labeller.label(event);
    });
    labeller.forgotten()
}

#[test]
fn a_usual_log_is_remembered_whole() {
    let events = (0..20_000).map(|at| event(at, "web-01", 2 + at as u32));
    assert_eq!(forgotten(events), Forgotten::default());
}

#[test]
fn processes_with_long_names_give_way() {
    let events = (0..40_000).map(|at| {
        let mut event = event(at, if at % 2 == 0 { "web-01" } else { "web-02" }, 2 + at as u32);
        event.actor.exe = Some(long(at));
        event
    });
    let forgotten = forgotten(events);
    // Of 40,000 processes of 4.5 kB the bound holds some 22,000; each time half of a table goes.
    assert!((10_000..60_000).contains(&forgotten.processes), "{forgotten:?}");
}

#[test]
fn a_container_outlives_the_host_s_programs() {
    let mut first = event(0, "web-01", 500);
    first.action = Action::ProcessExec;
    first.actor.comm = Some(Bytes::from("runc:[2:INIT]"));
    let others = (1..60_000).map(|at| {
        let mut event = event(at, "web-01", 1000 + at as u32);
        event.actor.exe = Some(long(at));
        event
    });
    let last = event(100_000, "web-01", 500);
    let events = std::iter::once(first).chain(others).chain([last]);
    let mut context = Context::new(Policy::default());
    events.clone().for_each(|event| context.observe(&event));
    let mut labeller = context.into_labeller();
    let labelled = events.map(|event| labeller.label(event)).last().unwrap();
    assert!(labeller.forgotten().processes > 10_000);
    assert!(labelled.container.is_some(), "{labelled:?}");
}

#[test]
fn places_and_hosts_have_a_bound() {
    let events = (0..30_000).map(|at| {
        let mut event = event(at, "web-01", 7);
        let mut object = Object::new(Role::Target, if at % 2 == 0 { ObjectKind::Directory } else { ObjectKind::File });
        object.name = Some(long(at));
        (object.inode, object.device) = (Some(at), Some(Device { major: 254, minor: 0 }));
        event.objects = vec![object];
        event
    });
    let places = forgotten(events).places;
    assert!((1_000..60_000).contains(&places), "{places}");

    let events = (0..10_500).map(|at| event(at, &format!("host-{at}"), 7));
    assert_eq!(forgotten(events).events_of_hosts, 2 * 500);
}

/// Ids beyond the bound cost nothing: the containers are not looked through for them.
#[test]
fn containers_that_sources_name_have_a_bound() {
    let events = (0..14_000).map(|at| {
        let mut event = event(at, "web-01", 7);
        event.actor.pid = None;
        event.action = Action::AlertRaised;
        event.facts.insert("container.id", format!("{at:012x}"));
        event
    });
    assert_eq!(forgotten(events).containers, 2 * 4_000);
}

#[test]
fn mounts_of_one_container_have_a_bound() {
    let mut stage = event(0, "web-01", 500);
    stage.action = Action::ProcessExec;
    stage.actor.comm = Some(Bytes::from("runc:[2:INIT]"));
    let mut program = event(1, "web-01", 500);
    program.action = Action::ProcessExec;
    program.actor.comm = Some(Bytes::from("sh"));
    let mounts = (2..5_002).map(|at| {
        let mut event = event(at, "web-01", 500);
        event.action = Action::MountAttach;
        let device = Object {
            rdev: Some(Device { major: 8, minor: at as u32 }),
            ..Object::new(Role::Source, ObjectKind::BlockDevice)
        };
        let target = Object {
            name: Some(Bytes::from(format!("/m{at}").as_str())),
            ..Object::new(Role::Target, ObjectKind::Directory)
        };
        event.objects = vec![target, device];
        event
    });
    let events = [stage, program].into_iter().chain(mounts);
    // The same mounts once more are no further ones.
    let again = events.clone().skip(2).map(|event| Event { id: EventId { part: 1, ..event.id }, ..event });
    assert_eq!(forgotten(events.clone().take(202)).places, 0);
    let places = forgotten(events.chain(again)).places;
    assert!((4_000..10_000).contains(&places), "{places}");
}

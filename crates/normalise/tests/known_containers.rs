//! What the state of a runtime changes in events of containers whose start no record shows.

use model::{
    Action, Bytes, Domain, Event, EventId, KnownContainer, Object, ObjectKind, Outcome, Role, Sha256, StateMount,
    Timestamp, View,
};
use normalise::{Context, Policy};

const SECOND: i64 = 1_000_000_000;

fn id() -> String {
    "0123456789abcdef".repeat(4)
}

fn mount(source: &str, destination: &str, volume: Option<&str>) -> StateMount {
    StateMount {
        kind: if volume.is_some() { "volume" } else { "bind" }.to_string(),
        source: Some(Bytes::from(source)),
        destination: Bytes::from(destination),
        volume: volume.map(ToString::to_string),
        ..StateMount::default()
    }
}

/// A container that was started 100 seconds after the epoch and is still running.
fn known() -> KnownContainer {
    KnownContainer {
        id: id(),
        name: Some("shop".to_string()),
        host: Some("web-01".to_string()),
        started: Some(Timestamp(100 * SECOND)),
        pid: Some(500),
        mounts: vec![
            mount("/srv/host", "/host", None),
            mount("/data/docker/volumes/orders/_data", "/orders", Some("orders")),
            mount("/srv/data", "/device", Some("bound")),
        ],
        ..KnownContainer::default()
    }
}

fn write(at: i64, pid: u32, ppid: u32, path: &str) -> Event {
    let offset = u64::try_from(at).unwrap_or(0);
    let id = EventId::new(Sha256([1; 32]), offset, 0);
    let mut event = Event::draft(id, Timestamp(at * SECOND), "auditd", Action::FileWrite);
    event.host = Some("web-01".to_string());
    event.outcome = Outcome::Succeeded;
    event.actor.pid = Some(pid);
    event.actor.ppid = Some(ppid);
    event.actor.comm = Some(Bytes::from("sh"));
    event.objects.push(Object { name: Some(Bytes::from(path)), ..Object::new(Role::Target, ObjectKind::File) });
    event
}

fn labelled(known: &[KnownContainer], events: &[Event]) -> Vec<Event> {
    let mut context = Context::new(Policy::default()).knowing(known);
    events.iter().for_each(|event| context.observe(event));
    let mut labeller = context.into_labeller();
    events.iter().cloned().map(|event| labeller.label(event)).collect()
}

fn place(event: &Event) -> (Option<String>, Option<Domain>) {
    let object = &event.objects[0];
    (object.resolved.as_ref().map(|resolved| resolved.path.to_text()), object.domain)
}

#[test]
fn processes_of_a_container_started_before_the_log_are_its_own() {
    let events =
        [write(200, 500, 450, "/host/a"), write(201, 501, 500, "/orders/b"), write(202, 502, 501, "/device/c")];
    let events = labelled(&[known()], &events);
    for event in &events {
        assert_eq!(event.container.as_ref().map(|it| it.id.clone()), Some(id()));
        assert_eq!(event.view, Some(View::Container));
        assert_eq!(event.fact("container.name"), Some("shop"));
    }
    assert_eq!(place(&events[0]), (Some("/srv/host/a".into()), Some(Domain::Host)));
    assert_eq!(place(&events[1]), (Some("/data/docker/volumes/orders/_data/b".into()), Some(Domain::Volume)));
    assert_eq!(place(&events[2]), (Some("/srv/data/c".into()), Some(Domain::Host)), "a volume that is the host's own");
}

#[test]
fn a_child_whose_parent_no_record_shows_is_recognised_by_the_parents_pid() {
    let events = labelled(&[known()], &[write(200, 777, 500, "/host/a")]);
    assert_eq!(events[0].container.as_ref().map(|it| it.id.clone()), Some(id()));
    assert_eq!(place(&events[0]).0, Some("/srv/host/a".into()));
}

#[test]
fn a_pid_of_another_time_host_or_boot_is_nobodys() {
    let outside = |known: KnownContainer, event: Event| labelled(&[known], &[event])[0].container.is_none();
    assert!(outside(known(), write(99, 500, 450, "/host/a")), "before the start");
    let finished = Some(Timestamp(150 * SECOND));
    assert!(outside(KnownContainer { finished, ..known() }, write(200, 500, 450, "/host/a")), "after the end");
    let host = Some("db-01".to_string());
    assert!(outside(KnownContainer { host, ..known() }, write(200, 500, 450, "/host/a")), "on another host");
    let boot = Event { action: Action::SystemBoot, objects: Vec::new(), ..write(150, 1, 0, "/") };
    let events = labelled(&[known()], &[boot, write(200, 500, 450, "/host/a")]);
    assert_eq!(events[1].container, None, "after the host was started again");
    let exit = Event { action: Action::ProcessExit, objects: Vec::new(), ..write(160, 500, 450, "/") };
    let events = labelled(&[known()], &[exit, write(200, 500, 1, "/host/a")]);
    assert_eq!(events[1].container, None, "after the process ended");
}

#[test]
fn without_state_nothing_is_claimed() {
    let events = labelled(&[], &[write(200, 500, 450, "/host/a")]);
    assert_eq!(events[0].container, None);
    assert_eq!(place(&events[0]), (Some("/host/a".into()), Some(Domain::Host)));
}

#[test]
fn a_short_id_of_another_source_becomes_the_full_one_with_its_mounts() {
    let mut alert = write(200, 9, 8, "/host/etc/cron.d/x");
    alert.facts.insert("container.id", &id()[..12]);
    let events = labelled(&[known()], &[alert]);
    assert_eq!(events[0].container.as_ref().map(|it| it.id.clone()), Some(id()));
    assert_eq!(place(&events[0]).0, Some("/srv/host/etc/cron.d/x".into()));
}

#[test]
fn the_pod_in_a_logs_path_leads_to_the_container_that_ran_then() {
    let pod = model::PodRef {
        uid: Some("7618a938".to_string()),
        container: Some("web".to_string()),
        ..model::PodRef::default()
    };
    let first = KnownContainer {
        id: "f".repeat(64),
        finished: Some(Timestamp(150 * SECOND)),
        pod: Some(pod.clone()),
        ..known()
    };
    let second = KnownContainer { started: Some(Timestamp(160 * SECOND)), pod: Some(pod), ..known() };
    let message = |at| {
        let mut event = Event { action: Action::LogMessage, ..write(at, 1, 0, "/") };
        (event.format, event.actor, event.objects) = ("cri_log".to_string(), model::Actor::default(), Vec::new());
        event.facts.insert("k8s.pod.uid", "7618a938");
        event.facts.insert("container.name", "web");
        event
    };
    let all = [first, second];
    let container = |at| labelled(&all, &[message(at)])[0].container.as_ref().map(|container| container.id.clone());
    assert_eq!(container(120), Some("f".repeat(64)));
    assert_eq!(container(200), Some(id()));
    assert_eq!(container(155), None, "between its two runs");
    assert_eq!(labelled(&[], &[message(120)])[0].container, None, "a path alone names no container's id");
}

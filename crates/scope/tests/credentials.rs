//! A credential is read in one place and used in another: the requests that only its reader can have made are told, those
//! of its owner are not.

use model::{
    Action, Bytes, Certainty, ContainerRef, Coverage, CrossingOutcome, Event, EventId, ExposedContent, ExposedObject,
    Incident, Object, ObjectKind, Outcome, ProcessKey, Role, Sha256, Subject, Timestamp,
};
use scope::Scoper;

const TOKEN: &str = "/run/secrets/kubernetes.io/serviceaccount/token";
const ACCOUNT: &str = "system:serviceaccount:shop:web";

fn event(second: i64, action: Action) -> Event {
    let id = EventId::new(Sha256::of(b"log"), second.unsigned_abs(), 0);
    let mut event = Event::draft(id, Timestamp::from_seconds(1_795_390_000 + second, 0), "tetragon", action);
    event.outcome = Outcome::Succeeded;
    event
}

fn process() -> ProcessKey {
    ProcessKey { host: "node1".to_string(), boot: 0, pid: 4242, first: EventId::new(Sha256::of(b"log"), 1, 0) }
}

/// A hostile process of the container reads a file of its own.
fn read(second: i64, path: &str, pod: Option<&str>) -> Event {
    let mut event = event(second, Action::FileRead);
    event.host = Some("node1".to_string());
    event.process = Some(process());
    event.container = Some(ContainerRef { id: "c1".to_string(), confidence: 100 });
    event.objects.push(Object { name: Some(Bytes::from(path)), ..Object::new(Role::Target, ObjectKind::File) });
    if let Some(pod) = pod {
        event.facts.insert("k8s.ns.name", "shop");
        event.facts.insert("k8s.pod.name", pod);
    }
    event
}

fn request(second: i64, action: Action, user: &str, address: &str, agent: &str) -> Event {
    let mut event = event(second, action);
    event.format = "k8s_audit".to_string();
    event.actor.user = Some(user.to_string());
    event.actor.addresses = vec![address.to_string()];
    event.actor.user_agent = Some(agent.to_string());
    event
}

fn pod_created(second: i64, pod: &str, account: &str) -> Event {
    let mut event = request(second, Action::ApiCreate, "system:serviceaccount:kube-system:rs", "10.0.0.1", "kcm");
    for (name, value) in [("resource", "pods"), ("namespace", "shop"), ("name", pod), ("serviceAccountName", account)] {
        event.facts.insert(name, value);
    }
    event
}

fn exposed(events: &[Event]) -> Vec<ExposedObject> {
    let subject = Subject {
        process: process(),
        parent: None,
        comm: None,
        argv: Vec::new(),
        since: Timestamp::from_seconds(1_795_390_000, 0),
        reason: "container".to_string(),
        certainty: Certainty::Observed,
        event: process().first,
    };
    let incident = Incident {
        id: "incident-1".to_string(),
        host: Some("node1".to_string()),
        container: None,
        first: subject.since,
        last: subject.since,
        outcome: CrossingOutcome::Succeeded,
        crossings: Vec::new(),
        subjects: vec![subject],
        story: Vec::new(),
        findings: Vec::new(),
    };
    let mut scoper = Scoper::new(&[incident]);
    events.iter().for_each(|event| scoper.push(event));
    scoper.scopes(&Coverage::default()).remove(0).exposed
}

#[test]
fn a_token_that_was_read_is_followed_to_its_uses_from_new_places() {
    let owner = |second| request(second, Action::ApiRead, ACCOUNT, "10.1.0.7", "web/1.0");
    let events = [
        pod_created(1, "web-7", "web"),
        owner(2),
        read(10, TOKEN, Some("web-7")),
        owner(11),
        request(12, Action::ApiRead, ACCOUNT, "203.0.113.9", "kubectl/v1.31"),
        request(13, Action::ApiCreate, ACCOUNT, "10.1.0.7", "curl/8"),
        request(14, Action::ApiRead, "system:serviceaccount:shop:other", "203.0.113.9", "kubectl/v1.31"),
        owner(15),
    ];
    let exposed = exposed(&events);
    assert_eq!(exposed.len(), 1);
    let token = &exposed[0];
    assert_eq!((token.content, token.identity.as_deref()), (ExposedContent::ServiceAccountToken, Some(ACCOUNT)));
    assert_eq!(token.uses, [events[4].id, events[5].id]);
    assert_eq!(token.uses_total, 2);
}

#[test]
fn without_the_pod_nobody_knows_whose_token_it_is() {
    let stolen = request(12, Action::ApiRead, ACCOUNT, "203.0.113.9", "kubectl/v1.31");
    for events in [
        // Nothing says in which pod it was read.
        vec![pod_created(1, "web-7", "web"), read(10, TOKEN, None), stolen.clone()],
        // Nothing says which account the pod has.
        vec![read(10, TOKEN, Some("web-7")), stolen.clone()],
    ] {
        let exposed = exposed(&events);
        assert_eq!((exposed.len(), exposed[0].identity.as_deref(), exposed[0].uses_total), (1, None, 0));
    }
}

#[test]
fn use_before_the_read_and_other_files_of_the_container_are_nothing() {
    let events = [
        pod_created(1, "web-7", "web"),
        request(2, Action::ApiRead, ACCOUNT, "203.0.113.9", "kubectl/v1.31"),
        read(9, "/app/settings.json", Some("web-7")),
        read(10, TOKEN, Some("web-7")),
        request(12, Action::ApiRead, ACCOUNT, "203.0.113.9", "kubectl/v1.31"),
    ];
    let exposed = exposed(&events);
    assert_eq!(exposed.len(), 1, "what a container holds itself is not the host's");
    assert_eq!(exposed[0].uses_total, 0, "it was used from there before");
}

#[test]
fn many_identities_and_places_stay_bounded() {
    let mut events: Vec<Event> = (0..2_000)
        .map(|at| request(at, Action::ApiRead, ACCOUNT, &format!("10.2.{}.{}", at / 250, at % 250), "web/1.0"))
        .collect();
    events.insert(0, pod_created(0, "web-7", "web"));
    events.push(read(3_000, TOKEN, Some("web-7")));
    events.push(request(3_001, Action::ApiRead, ACCOUNT, "10.2.0.1", "web/1.0"));
    let exposed = exposed(&events);
    assert_eq!(exposed[0].uses_total, 0);
}

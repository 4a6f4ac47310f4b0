//! Events come back unchanged, in order, each once, within bounds, and as the same bytes every time.

#![allow(clippy::unwrap_used, clippy::panic, reason = "functions of tests that are not tests themselves")]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use model::{
    Action, Actor, Address, Bytes, CARRIED_BY, ContainerRef, Device, Domain, Event, EventId, Object, ObjectKind,
    Outcome, ProcessKey, Resolution, Role, Sha256, TimeBasis, Timestamp, View,
};
use proptest::prelude::*;
use store::{
    Bounds, Error, EventWriter, SortedEvents, fold_partitions, partitions, read_partitions, verified_files,
    write_blocks, write_partitions,
};

const DAY: i64 = 86_400_000_000_000;

/// Small enough that a handful of events makes several runs and several levels of merging.
const TINY: Bounds = Bounds { events: 3, bytes: 1 << 20, fan_in: 2 };

fn event(host: Option<&str>, time: i64, serial: Option<u64>, offset: u64) -> Event {
    let source = Sha256::of(host.unwrap_or("").as_bytes());
    let mut event = Event::draft(EventId::new(source, offset, 0), Timestamp(time), "auditd", Action::FileWrite);
    event.host = host.map(String::from);
    event.serial = serial;
    event.addresses.push(Address { source, offset, length: 100 });
    event
}

/// An event with something in every field that has a column, names that are no UTF-8 included.
fn full_event() -> Event {
    let mut event = event(Some("node-1"), 1_800_000_000_123_456_789, Some(u64::MAX), u64::MAX);
    event.time_basis = TimeBasis::Local;
    event.time_recorded = Some(Timestamp::from_seconds(1_799_996_400, 0));
    event.time_error_ns = Some(-5);
    event.boot = Some(2);
    event.outcome = Outcome::Failed { code: Some(-13) };
    event.actor = Actor {
        pid: Some(7),
        ppid: Some(1),
        uid: Some(0),
        euid: Some(1_000),
        auid: Some(1_001),
        session: Some(4),
        comm: Some(Bytes::from(&b"sh\xff\n"[..])),
        exe: Some(Bytes::from("/bin/sh")),
        argv: vec![Bytes::from("sh"), Bytes::from("-c"), Bytes::from("echo \"日本\"")],
        cwd: Some(Bytes::from("/root")),
        user: Some("sato".to_string()),
        addresses: vec!["192.0.2.7".to_string(), "10.0.0.1".to_string()],
        user_agent: Some("kubectl/v1.31".to_string()),
    };
    let process = |pid, offset| {
        let first = EventId::new(Sha256::of(b"node-1"), offset, 0);
        Some(ProcessKey { host: "node-1".to_string(), boot: 2, pid, first })
    };
    (event.process, event.parent) = (process(7, 70), process(1, 10));
    event.view = Some(View::Container);
    event.container = Some(ContainerRef { id: "c0ffee".into(), confidence: 80 });
    let mut object = Object::new(Role::Target, ObjectKind::File);
    object.name = Some(Bytes::from("/host/etc/passwd"));
    object.inode = Some(u64::MAX);
    object.device = Some(Device { major: 8, minor: 1 });
    object.resolved = Some(Resolution { path: Bytes::from("/etc/passwd"), confidence: 90, how: "bind mount".into() });
    object.domain = Some(Domain::Host);
    let mut old = Object::new(Role::Source, ObjectKind::File);
    old.name = Some(Bytes::from("/host/etc/.passwd.new"));
    event.objects.extend([object, old]);
    let facts = [
        ("key", "escape\u{0}\u{202e}"),
        ("namespace", "default"),
        ("k8s.pod.name", "web-0"),
        ("image", "alpine:3"),
        ("syscall", "rename"),
        ("message", "renamed"),
        (CARRIED_BY, "syslog"),
    ];
    event.facts = facts.into_iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
    event
}

fn sorted(events: &[Event], bounds: Bounds, directory: &Path) -> SortedEvents {
    let mut writer = EventWriter::with_bounds(directory, bounds).unwrap();
    events.iter().for_each(|event| writer.push(event).unwrap());
    writer.finish().unwrap()
}

fn store(events: &[Event], case: &Path) -> Vec<Event> {
    write_partitions(sorted(events, TINY, case).iter().unwrap(), case).unwrap();
    read_partitions(case).unwrap().map(Result::unwrap).collect()
}

/// What must come out: by order and content, each once.
fn expected(events: &[Event]) -> Vec<Event> {
    let mut rows: Vec<_> = events.iter().map(|event| (event.order(), serde_json::to_vec(event).unwrap())).collect();
    rows.sort();
    rows.dedup();
    rows.iter().map(|(_, body)| serde_json::from_slice(body).unwrap()).collect()
}

fn files_below(directory: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut directories = vec![directory.to_path_buf()];
    while let Some(next) = directories.pop() {
        for entry in fs::read_dir(next).unwrap().map(Result::unwrap) {
            if entry.file_type().unwrap().is_dir() {
                directories.push(entry.path());
            } else {
                files.insert(entry.path().strip_prefix(directory).unwrap().into(), fs::read(entry.path()).unwrap());
            }
        }
    }
    files
}

fn any_event() -> impl Strategy<Value = Event> {
    let host = prop_oneof![
        Just(None),
        Just(Some("unknown".to_string())),
        "[a-c]".prop_map(Some),
        any::<String>().prop_map(Some),
    ];
    let serial = proptest::option::of(0..3_u64);
    let time = prop_oneof![0..4 * DAY, -2 * DAY..0, Just(1_800_000_000_000_000_000)];
    (host, time, serial, 0..6_u64, 0..2_u16, any::<String>(), proptest::collection::vec(any::<u8>(), 0..9)).prop_map(
        |(host, time, serial, offset, part, fact, comm)| {
            let mut event = event(host.as_deref(), time, serial, offset);
            event.id.part = part;
            event.facts.insert("fact", fact);
            event.actor.comm = Some(Bytes(comm));
            event
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn sorting_gives_every_event_once_in_order_as_often_as_asked(
        events in proptest::collection::vec(any_event(), 0..40),
        again in proptest::collection::vec(any::<prop::sample::Index>(), 0..10),
    ) {
        let directory = tempfile::tempdir().unwrap();
        let mut given = events.clone();
        if !events.is_empty() {
            given.extend(again.iter().map(|index| events[index.index(events.len())].clone()));
        }
        let expected = expected(&events);
        for bounds in [TINY, Bounds { events: 1, ..TINY }, Bounds { bytes: 2_000, ..TINY }, Bounds::default()] {
            let sorted = sorted(&given, bounds, directory.path());
            for _pass in 0..2 {
                let mut events = sorted.iter().unwrap();
                let got: Vec<_> = events.by_ref().map(Result::unwrap).collect();
                prop_assert_eq!(&got, &expected);
                prop_assert_eq!(events.duplicates(), (given.len() - expected.len()) as u64);
            }
            drop(sorted);
            prop_assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0, "temporary files are removed");
        }
    }

    #[test]
    fn stored_events_come_back_unchanged_and_in_order(events in proptest::collection::vec(any_event(), 0..40)) {
        let case = tempfile::tempdir().unwrap();
        prop_assert_eq!(store(&events, case.path()), expected(&events));
    }

    #[test]
    fn the_same_events_give_the_same_bytes(events in proptest::collection::vec(any_event(), 1..20)) {
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let mut shuffled = events.clone();
        shuffled.reverse();
        store(&events, one.path());
        write_partitions(sorted(&shuffled, Bounds::default(), other.path()).iter().unwrap(), other.path()).unwrap();
        prop_assert_eq!(files_below(one.path()), files_below(other.path()));
    }
}

#[test]
fn an_event_keeps_every_field() {
    let case = tempfile::tempdir().unwrap();
    assert_eq!(store(&[full_event()], case.path()), [full_event()]);
}

#[test]
fn columns_say_what_the_event_says() {
    use arrow::util::display::array_value_to_string;
    let case = tempfile::tempdir().unwrap();
    store(&[full_event()], case.path());
    let file = fs::File::open(case.path().join("events").join(&partitions(case.path()).unwrap()[0].path)).unwrap();
    let mut reader =
        parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap();
    let batch = reader.next().unwrap().unwrap();
    let source = Sha256::of(b"node-1").to_string();
    assert_eq!(batch.schema().fields(), store::schema().fields());
    let all: Vec<_> = batch
        .schema()
        .fields()
        .iter()
        .zip(batch.columns())
        .map(|(field, column)| format!("{}={}", field.name(), array_value_to_string(column, 0).unwrap()))
        .collect();
    let (body, columns) = all.split_last().unwrap();
    assert!(body.starts_with("body={\"id\":"));
    let most = u64::MAX;
    let expected = [
        "ordinal=0".to_string(),
        format!("id={}:{most}.0", &source[..16]),
        "time=2027-01-15T08:00:00.123456789Z".into(),
        "time_recorded=2027-01-15T07:00:00Z".into(),
        "time_error_ns=-5".into(),
        "time_basis=local".into(),
        "host=node-1".into(),
        "boot=2".into(),
        "format=auditd".into(),
        "carried_by=syslog".into(),
        format!("serial={most}"),
        "action=file.write".into(),
        "outcome=failed".into(),
        "error=-13".into(),
        "pid=7".into(),
        "ppid=1".into(),
        "uid=0".into(),
        "euid=1000".into(),
        "auid=1001".into(),
        "session=4".into(),
        "comm=sh\\xff\n".into(),
        "exe=/bin/sh".into(),
        "argv=sh -c echo \"日本\"".into(),
        "cwd=/root".into(),
        "user=sato".into(),
        "client_addresses=192.0.2.7 10.0.0.1".into(),
        "user_agent=kubectl/v1.31".into(),
        format!("process={}:70.0", &source[..16]),
        format!("parent={}:10.0", &source[..16]),
        "view=container".into(),
        "container=c0ffee".into(),
        "container_confidence=80".into(),
        "namespace=default".into(),
        "pod=web-0".into(),
        "image=alpine:3".into(),
        "rule=escape\u{0}\u{202e}".into(),
        "syscall=rename".into(),
        "message=renamed".into(),
        "object=/host/etc/passwd".into(),
        "object_kind=file".into(),
        "object_domain=host".into(),
        "object_host_path=/etc/passwd".into(),
        "object_from=/host/etc/.passwd.new".into(),
        "device=08:01".into(),
        format!("inode={most}"),
        format!("source={source}"),
        format!("offset={most}"),
        "length=100".into(),
    ];
    assert_eq!(columns, expected);
}

#[test]
fn the_ordinal_gives_the_order_of_events_across_files() {
    use arrow::{array::AsArray as _, datatypes::UInt64Type};
    let case = tempfile::tempdir().unwrap();
    // Offsets whose text sorts otherwise than their number, on two hosts and two days.
    let events: Vec<_> = (0..40_u64)
        .map(|n| event(Some(if n % 3 == 0 { "a" } else { "b" }), i64::from(n >= 20) * DAY, None, n))
        .collect();
    let stored = store(&events, case.path());
    let mut ordinals = BTreeMap::new();
    for partition in partitions(case.path()).unwrap() {
        let file = fs::File::open(case.path().join("events").join(&partition.path)).unwrap();
        let reader = parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
        for batch in reader.build().unwrap().map(Result::unwrap) {
            let ids = batch.column_by_name("id").unwrap().as_string::<i32>();
            let numbers = batch.column_by_name(store::ORDINAL).unwrap().as_primitive::<UInt64Type>();
            ordinals.extend(numbers.values().iter().copied().zip(ids.iter().map(|id| id.unwrap().to_string())));
        }
    }
    let expected = (0_u64..).zip(stored.iter().map(|event| event.id.to_string()));
    assert_eq!(ordinals, expected.collect());
}

#[test]
fn files_of_the_first_layout_are_read_but_not_queried() {
    let case = tempfile::tempdir().unwrap();
    store(&[full_event()], case.path());
    let list = case.path().join("events/_partitions.json");
    let text = fs::read_to_string(&list).unwrap();
    fs::write(&list, text.replace("\"layout\": 2", "\"layout\": 1")).unwrap();
    assert_eq!(read_partitions(case.path()).unwrap().count(), 1);
    let error = verified_files(case.path()).unwrap_err();
    assert!(matches!(error, Error::Outdated { .. }) && error.next_step() == "next-store-run-parse", "{error}");
}

#[test]
fn events_lie_by_host_and_day_under_harmless_names() {
    let case = tempfile::tempdir().unwrap();
    let hosts = [None, Some("unknown"), Some("../../etc"), Some("web-1.example")];
    let events: Vec<_> = hosts.iter().flat_map(|host| [event(*host, 0, None, 0), event(*host, DAY, None, 1)]).collect();
    store(&events, case.path());
    let names: Vec<_> = partitions(case.path()).unwrap().into_iter().map(|partition| partition.path).collect();
    let hosts = ["%2e.%2f..%2fetc", "%75nknown", "unknown", "web-1.example"];
    let expected: Vec<_> = ["1970-01-01", "1970-01-02"]
        .iter()
        .flat_map(|day| hosts.map(|host| format!("host={host}/day={day}/part-0.parquet")))
        .collect();
    assert_eq!(names, expected);
    assert_eq!(files_below(&case.path().join("events")).len(), 9);
}

#[test]
fn no_events_make_no_files_and_are_told_apart_from_a_stage_that_never_ran() {
    let case = tempfile::tempdir().unwrap();
    assert!(matches!(read_partitions(case.path()), Err(Error::Missing { .. })));
    assert_eq!(store(&[], case.path()), []);
    let files: Vec<_> = files_below(&case.path().join("events")).into_keys().collect();
    assert_eq!(files, [PathBuf::from("_partitions.json")]);
}

#[test]
fn storing_again_replaces_everything_and_a_failure_replaces_nothing() {
    let case = tempfile::tempdir().unwrap();
    store(&[event(Some("a"), 0, None, 0), event(Some("b"), 0, None, 0)], case.path());
    let one = [event(Some("a"), DAY, None, 7)];
    assert_eq!(store(&one, case.path()), one);
    let late = [event(Some("a"), 5, None, 0), event(Some("a"), 4, None, 1)];
    let written = write_partitions(late.into_iter().map(Ok), case.path());
    assert!(matches!(written, Err(Error::OutOfOrder { .. })));
    let left: Vec<_> = read_partitions(case.path()).unwrap().map(Result::unwrap).collect();
    assert_eq!(left, one);
    assert_eq!(fs::read_dir(case.path()).unwrap().count(), 1, "nothing is left beside the events");
}

#[test]
fn two_events_of_one_identity_are_both_kept_and_counted() {
    let case = tempfile::tempdir().unwrap();
    let one = event(Some("a"), 0, None, 0);
    let mut other = one.clone();
    other.facts.insert("forged", "yes");
    let sorted = sorted(&[one.clone(), other.clone(), one.clone()], TINY, case.path());
    let mut events = sorted.iter().unwrap();
    assert_eq!(events.by_ref().count(), 2);
    assert_eq!((events.duplicates(), events.conflicts()), (1, 1));
    assert_eq!(store(&[one, other], case.path()).len(), 2);
}

#[test]
fn hosts_without_end_share_a_file_and_lose_nothing() {
    let case = tempfile::tempdir().unwrap();
    let events: Vec<_> =
        (0..1_200_i64).map(|n| event(Some(&format!("host-{}", n % 300)), n, None, u64::try_from(n).unwrap())).collect();
    let sorted = sorted(&events, Bounds::default(), case.path());
    let written = write_partitions(sorted.iter().unwrap(), case.path()).unwrap();
    let read: Vec<_> = read_partitions(case.path()).unwrap().map(Result::unwrap).collect();
    assert_eq!(read, events);
    assert_eq!(written.len(), 257);
    assert_eq!(written[0].path, "host=%~others/day=1970-01-01/part-0.parquet");
    assert_eq!(written[0].events, 44 * 4);
}

#[test]
fn the_number_of_threads_does_not_show_in_the_files() {
    let events: Vec<_> = (0..3_000_i64)
        .map(|n| event(Some(&format!("host-{}", n % 300)), n * 60_000_000_000, None, u64::try_from(n).unwrap()))
        .collect();
    let files = |threads: usize| {
        let case = tempfile::tempdir().unwrap();
        let blocks = events.chunks(700).map(|block| Ok(block.to_vec()));
        write_blocks(blocks, case.path(), threads).unwrap()
    };
    let one = files(1);
    assert_eq!(one.iter().map(|file| file.events).sum::<u64>(), 3_000);
    // Their hashes and sizes are in the list.
    assert_eq!(files(4), one);
}

#[test]
fn a_fold_sees_every_event_in_order_whatever_the_threads() {
    let case = tempfile::tempdir().unwrap();
    let events: Vec<_> = (0..2_500_i64)
        .map(|n| event(Some(&format!("host-{}", n % 3)), n * 60_000_000_000, None, u64::try_from(n).unwrap()))
        .collect();
    store(&events, case.path());
    for threads in [1, 4] {
        let mut seen = Vec::new();
        fold_partitions(case.path(), threads, |event| seen.push(event.clone())).unwrap();
        assert_eq!(seen, events, "{threads}");
    }
}

#[test]
fn an_error_between_blocks_leaves_what_was_stored() {
    let case = tempfile::tempdir().unwrap();
    let events: Vec<_> = (0..20).map(|n| event(Some("a"), n, None, u64::try_from(n).unwrap())).collect();
    store(&events, case.path());
    let failing = [Ok(events[..5].to_vec()), Err(Error::Missing { path: "gone".into() })];
    assert!(matches!(write_blocks(failing.into_iter(), case.path(), 3), Err(Error::Missing { .. })));
    assert_eq!(read_partitions(case.path()).unwrap().map(Result::unwrap).collect::<Vec<_>>(), events);
}

#[test]
fn a_torn_changed_or_missing_file_is_named_with_the_next_step() {
    let case = tempfile::tempdir().unwrap();
    let events: Vec<_> = (0..50).map(|n| event(Some("a"), n, None, u64::try_from(n).unwrap())).collect();
    store(&events, case.path());
    let list = case.path().join("events/_partitions.json");
    let path = case.path().join("events").join(&partitions(case.path()).unwrap()[0].path);
    let (good, good_list) = (fs::read(&path).unwrap(), fs::read_to_string(&list).unwrap());
    let first_error = || read_partitions(case.path()).and_then(|events| events.collect::<Result<Vec<_>, _>>());
    assert_eq!(verified_files(case.path()).unwrap().files, partitions(case.path()).unwrap());
    let must_fail = |what: &str| {
        // What is handed to other readers is compared as a whole; only the number of events is not counted.
        assert!(verified_files(case.path()).is_err() || what.contains("promises more"), "{what}");
        assert!(matches!(fold_partitions(case.path(), 2, |_| ()), Err(Error::Damaged { .. })), "{what}");
        let error = first_error().expect_err(what);
        assert!(matches!(error, Error::Damaged { .. }), "{what}: {error}");
        assert!(error.to_string().contains("run the parse stage again"), "{what}: {error}");
        assert!(error.to_string().contains("events/"), "{what}: {error}");
    };
    for cut in [0, 1, 100, good.len() / 2, good.len() - 1] {
        fs::write(&path, &good[..cut]).unwrap();
        must_fail(&format!("cut at {cut}"));
    }
    fs::remove_file(&path).unwrap();
    must_fail("removed");
    fs::write(&path, &good).unwrap();
    fs::write(&list, good_list.replace("\"events\": 50", "\"events\": 51")).unwrap();
    must_fail("a list that promises more");
    fs::write(&list, good_list.replace("host=a/", "../../../")).unwrap();
    must_fail("a list that leads outside");
    fs::write(&list, &good_list[..good_list.len() / 2]).unwrap();
    must_fail("half a list");
    fs::write(&list, good_list).unwrap();
    assert_eq!(first_error().unwrap(), events);
    for at in (0..good.len()).step_by(11) {
        let mut bytes = good.clone();
        bytes[at] ^= 0x55;
        fs::write(&path, &bytes).unwrap();
        must_fail(&format!("damaged at byte {at}"));
    }
}

//! Statements over real stored events: what they answer, in which order, and what is refused.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use std::path::Path;

use model::{Action, Address, Bytes, Event, EventId, Object, ObjectKind, Outcome, Role, Sha256, Timestamp};
use query::{Error, Files, Limits, Value, run};
use store::{VerifiedFiles, verified_files, write_partitions};

const DAY: i64 = 86_400_000_000_000;

/// The `n`-th event: three hosts, one of them with a name that its directory must escape, and three days.
fn event(n: u64) -> Event {
    let host = ["web-1", "../50%", "db"][usize::try_from(n % 3).unwrap()];
    let source = Sha256::of(host.as_bytes());
    let time = Timestamp(i64::try_from(n / 40).unwrap() * DAY + i64::try_from(n / 4).unwrap());
    let mut event = Event::draft(EventId::new(source, n, 0), time, "auditd", Action::FileWrite);
    event.host = Some(host.to_string());
    event.outcome = if n.is_multiple_of(5) { Outcome::Failed { code: Some(-13) } } else { Outcome::Succeeded };
    event.actor.pid = Some(u32::try_from(n % 7).unwrap());
    event.actor.comm = Some(Bytes::from(format!("worker-{}", n % 2).as_str()));
    let mut object = Object::new(Role::Target, ObjectKind::File);
    object.name = Some(Bytes::from(format!("/srv/{n}").as_str()));
    event.objects.push(object);
    event.facts.insert("open_flags", format!("create,\"{n}\""));
    event.addresses.push(Address { source, offset: n, length: 10 });
    event
}

fn store(count: u64, case: &Path) -> VerifiedFiles {
    let mut events: Vec<Event> = (0..count).map(event).collect();
    events.sort_by_key(Event::order);
    write_partitions(events.into_iter().map(Ok), case).unwrap();
    verified_files(case).unwrap()
}

struct World {
    case: tempfile::TempDir,
    files: VerifiedFiles,
}

impl World {
    fn of(count: u64) -> Self {
        let case = tempfile::tempdir().unwrap();
        let files = store(count, case.path());
        Self { case, files }
    }

    fn with(&self, statement: &str, cores: usize, memory_bytes: usize) -> Result<Vec<Vec<Value>>, Error> {
        let files = Files {
            directory: &self.files.directory,
            paths: self.files.files.iter().map(|partition| partition.path.as_str()).collect(),
            schema: store::schema(),
            ordinal: store::ORDINAL,
        };
        let spill = self.case.path().join("work");
        std::fs::create_dir_all(&spill).unwrap();
        let mut answer = run(statement, &files, &Limits { cores, memory_bytes, spill: Some(spill) })?;
        let mut all = Vec::new();
        while let Some(rows) = answer.next_rows()? {
            all.extend(rows);
        }
        Ok(all)
    }

    fn ask(&self, statement: &str) -> Vec<Vec<Value>> {
        self.with(statement, 2, 64 << 20).unwrap_or_else(|error| panic!("{statement}: {error}"))
    }

    fn error(&self, statement: &str) -> Error {
        self.with(statement, 2, 64 << 20).expect_err(statement)
    }
}

fn texts(rows: &[Vec<Value>]) -> Vec<String> {
    let text = |value: &Value| match value {
        Value::Null => "–".to_string(),
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::UInt(value) => value.to_string(),
        Value::Float(value) => value.to_string(),
        Value::Text(text) => text.clone(),
    };
    rows.iter().map(|row| row.iter().map(text).collect::<Vec<_>>().join(" ")).collect()
}

/// The objects of all events in their order.
fn in_order(count: u64) -> Vec<String> {
    let mut events: Vec<Event> = (0..count).map(event).collect();
    events.sort_by_key(Event::order);
    events.iter().map(|event| event.objects[0].name.as_ref().unwrap().to_text()).collect()
}

#[test]
fn rows_come_in_the_order_of_events_where_the_statement_names_none() {
    let world = World::of(120);
    let expected = in_order(120);
    assert_eq!(texts(&world.ask("select object from events")), expected);
    assert_eq!(texts(&world.ask("select e.object from events e where e.pid >= 0")), expected);
    assert_eq!(texts(&world.ask("select object from events limit 7 offset 3")), expected[3..10]);
    assert_eq!(texts(&world.ask("select x.object from (select * from events limit 5) x")), expected[..5]);
    let starred = world.ask("select * from events");
    assert_eq!(starred.len(), 120);
    assert!(starred.iter().all(|row| row.len() == store::schema().fields().len()), "no hidden column");
}

#[test]
fn what_an_order_leaves_equal_comes_in_the_order_of_events() {
    let world = World::of(120);
    let mut events: Vec<Event> = (0..120).map(event).collect();
    events.sort_by_key(|event| (event.actor.comm.clone(), event.order()));
    let expected: Vec<String> = events.iter().map(|event| event.objects[0].name.as_ref().unwrap().to_text()).collect();
    assert_eq!(texts(&world.ask("select object from events order by comm")), expected);
    assert_eq!(texts(&world.ask("select object from events order by comm limit 9")), expected[..9]);
    assert_eq!(
        texts(&world.ask("select comm, object from events order by 1 limit 1")),
        [format!("worker-0 {}", expected[0])]
    );
}

#[test]
fn groups_without_an_order_are_sorted_by_their_columns() {
    let world = World::of(120);
    let rows = texts(&world.ask("select host, comm, count(*) as n from events group by host, comm"));
    assert_eq!(
        rows,
        [
            "../50% worker-0 20",
            "../50% worker-1 20",
            "db worker-0 20",
            "db worker-1 20",
            "web-1 worker-0 20",
            "web-1 worker-1 20"
        ]
    );
    assert_eq!(texts(&world.ask("select distinct pid from events limit 3")), ["0", "1", "2"]);
    assert_eq!(texts(&world.ask("select count(*) from events where outcome = 'failed' and error = -13")), ["24"]);
}

#[test]
fn the_answer_does_not_depend_on_the_number_of_cores() {
    let world = World::of(400);
    for statement in [
        "select id, host from events where pid < 5",
        "select comm, pid from events order by pid",
        "select host, avg(pid), sum(pid) from events group by host",
        "select a.host, b.object from events a join events b on a.object = b.object where a.pid = 3",
        "select comm, row_number() over (partition by comm order by pid) as n, object from events",
        "select host, array_agg(object) from events where pid = 1 group by host",
        "select object from events where pid = 1 union all select object from events where pid = 2",
        "select object from events where object in (select object from events where pid = 4)",
        "with recursive up(n) as (select 1 union all select n + 1 from up where n < 5) select n from up",
    ] {
        let one = world.with(statement, 1, 64 << 20).unwrap();
        assert!(!one.is_empty(), "{statement}");
        for _ in 0..3 {
            assert_eq!(world.with(statement, 4, 64 << 20).unwrap(), one, "{statement}");
        }
    }
}

#[test]
fn times_compare_with_texts_and_come_in_utc() {
    let world = World::of(120);
    let rows = world.ask("select time, object from events where time >= '1970-01-02T00:00:00Z' limit 1");
    assert_eq!(texts(&rows), ["1970-01-02T00:00:00.000000010Z /srv/40"]);
    let rows = world.ask("select date_trunc('day', time) as day, count(*) from events group by day");
    let days =
        ["1970-01-01T00:00:00.000000000Z 40", "1970-01-02T00:00:00.000000000Z 40", "1970-01-03T00:00:00.000000000Z 40"];
    assert_eq!(texts(&rows), days);
}

#[test]
fn what_is_explained_is_what_is_carried_out() {
    let world = World::of(120);
    let plans = texts(&world.ask("explain select comm, count(*) from events group by comm"));
    assert!(plans[0].contains("Sort: events.comm ASC"), "{plans:?}");
    let plans = texts(&world.with("explain select object from events", 4, 64 << 20).unwrap());
    assert!(plans[0].contains("Sort: events.ordinal ASC") && !plans[1].contains("SortExec"), "no sorting: {plans:?}");
}

#[test]
fn facts_without_a_column_are_found_in_the_body() {
    let world = World::of(3);
    let rows = world.ask("select fact(body, 'open_flags'), fact(body, 'nothing') from events order by object");
    assert_eq!(texts(&rows), ["create,\"0\" –", "create,\"1\" –", "create,\"2\" –"]);
    assert_eq!(texts(&world.ask("select fact('no event', 'x')")), ["–"]);
}

#[test]
fn no_events_are_an_empty_table_with_all_columns() {
    let world = World::of(0);
    assert!(world.ask("select object from events where pid = 1").is_empty());
    assert_eq!(world.ask("describe events").len(), store::schema().fields().len());
    assert_eq!(texts(&world.ask("select count(*) from events")), ["0"]);
}

#[test]
fn only_reading_statements_are_answered() {
    let world = World::of(3);
    let outside = world.case.path().join("outside.csv");
    std::fs::write(&outside, "a,b\n1,2\n").unwrap();
    let outside = outside.display();
    for statement in [
        format!("create external table t stored as csv location '{outside}'"),
        format!("copy (select * from events) to '{outside}'"),
        "create table t as select 1".to_string(),
        "create view v as select 1".to_string(),
        "drop table events".to_string(),
        "insert into events select * from events".to_string(),
        "set datafusion.execution.batch_size = 1".to_string(),
        "prepare p as select 1".to_string(),
    ] {
        let error = world.error(&statement);
        assert!(matches!(error, Error::NotReading { .. }), "{statement}: {error}");
    }
    for statement in
        [format!("select * from '{outside}'"), "select * from t".to_string(), format!("select * from \"{outside}\"")]
    {
        let error = world.error(&statement);
        assert!(matches!(error, Error::UnknownTable { .. }), "{statement}: {error}");
    }
    assert!(matches!(
        world.error("select 1; select 2"),
        Error::Plan { .. } | Error::Syntax { .. } | Error::Failed { .. }
    ));
    assert_eq!(std::fs::read_dir(world.case.path()).unwrap().count(), 3, "events, work, outside.csv");
}

#[test]
fn mistakes_are_explained() {
    let world = World::of(3);
    let error = world.error("select pidd from events").to_string();
    assert!(
        error.contains("no column pidd") && error.contains("ppid") && error.contains("object_host_path"),
        "{error}"
    );
    let error = world.error("select pid\nfrom events wher pid = 1 and").to_string();
    assert!(error.contains("at line 2, column"), "{error}");
    let error = world.error("select pid from event").to_string();
    assert!(error.contains("no table event; the only one is events"), "{error}");
    for statement in ["select now()", "select random()", "select nothing(1)"] {
        let error = world.error(statement);
        assert!(matches!(error, Error::Plan { .. }) && !error.to_string().contains('\n'), "{statement}: {error}");
    }
    let deep = format!("select {}1{} from events", "(".repeat(20_000), ")".repeat(20_000));
    assert!(matches!(world.error(&deep), Error::Syntax { .. }));
    assert!(world.error(&" ".repeat(70_000)).to_string().contains("longer than"));
}

#[test]
fn little_memory_is_enough_for_sorting_and_leaves_nothing_behind() {
    let world = World::of(20_000);
    let statement = "select object, body from events order by object desc";
    let rich = world.ask(statement);
    assert_eq!(rich.len(), 20_000);
    assert_eq!(world.with(statement, 2, 8 << 20).unwrap(), rich);
    assert_eq!(std::fs::read_dir(world.case.path().join("work")).unwrap().count(), 0, "spilled files are removed");
    let joined = "select count(*) from events a, events b, events c where a.body || b.body = c.body || b.body";
    assert!(
        matches!(world.with(joined, 2, 64 << 10), Err(Error::Memory { limit_bytes, .. }) if limit_bytes == 64 << 10)
    );
}

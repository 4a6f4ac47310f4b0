//! Clocks of made-up evidence: what is shared, what is known of it.

use super::*;
use crate::clocks::{Labels, Pattern, StatedHost, parse_offset};
use model::{Action, Address, Event, EventId, HostKnown, Sha256};

const SECOND: i64 = 1_000_000_000;
const HOUR: i64 = 3_600 * SECOND;
/// 2026-11-22T23:00:00Z.
const START: i64 = 1_795_388_400 * SECOND;

fn source(name: &str) -> SourceId {
    Sha256::of(name.as_bytes())
}

/// Event number `at` of a source.
fn event(name: &str, at: u64, time: i64, host: Option<&str>, action: Action) -> Event {
    let mut event = Event::draft(EventId::new(source(name), at, 0), Timestamp(time), name, action);
    event.host = host.map(str::to_string);
    event.addresses = vec![Address { source: source(name), offset: at, length: 1 }];
    event
}

fn message(name: &str, at: u64, time: i64, host: Option<&str>) -> Event {
    let mut event = event(name, at, time, host, Action::LogMessage);
    event.facts.insert("message", format!("a message that is number {at}"));
    event.actor.pid = Some(7);
    event
}

fn start(name: &str, at: u64, time: i64, host: Option<&str>, pid: u32) -> Event {
    let mut event = event(name, at, time, host, Action::ProcessExec);
    event.actor.pid = Some(pid);
    event.actor.comm = Some("curl".into());
    event
}

/// Every clock by the name of its source, with basis and host ignored.
fn estimated(events: &[Event], stated: &[StatedClock]) -> (Labels, BTreeMap<String, Vec<model::SourceClock>>) {
    let mut anchors = Anchors::default();
    events.iter().for_each(|event| anchors.event(event));
    let names: BTreeMap<SourceId, String> =
        events.iter().map(|event| (event.addresses[0].source, event.format.clone())).collect();
    let clocks = anchors.estimate(stated, &names);
    let hosts = anchors.hosts(&[], &names);
    let all = names.iter().map(|(id, name)| (name.clone(), clocks.of_source(*id, &names))).collect();
    (Labels::new(clocks, hosts), all)
}

/// A journal in UTC and a syslog of the same host that is `ahead`, cut to whole seconds.
fn journal_and_syslog(ahead: i64, count: u64) -> Vec<Event> {
    let mut events = Vec::new();
    for at in 0..count {
        let time = START + at as i64 * 61 * SECOND + at as i64 * 37_000_000;
        events.push(message("journal", at, time, Some("web-01")));
        let mut line = message("syslog", at, (time + ahead).div_euclid(SECOND) * SECOND, Some("web-01"));
        line.time_basis = TimeBasis::Local;
        events.push(line);
    }
    events
}

#[test]
fn a_zone_is_found_by_messages_that_stand_in_two_sources() {
    let events = journal_and_syslog(9 * HOUR, 20);
    let (mut labels, clocks) = estimated(&events, &[]);
    let clock = &clocks["syslog"][0];
    assert_eq!((clock.known, clock.zone_minutes, clock.skew_ns), (ClockKnown::Shared, Some(540), Some(0)));
    assert_eq!((clock.reference.as_deref(), clock.shared), (Some("journal"), 20));
    assert!(clock.error_ns.is_some_and(|error| error < 6 * SECOND), "{clock:?}");
    assert_eq!(clocks["journal"][0].known, ClockKnown::Reference);
    let mut line = events[1].clone();
    labels.apply(&mut line);
    assert_eq!(line.time_recorded, Some(events[1].time));
    assert!((line.time.0 - START).abs() <= SECOND);
}

#[test]
fn a_skew_beyond_its_error_and_a_wrong_year_are_found() {
    let (_, clocks) = estimated(&journal_and_syslog(9 * HOUR + 90 * SECOND, 20), &[]);
    let clock = &clocks["syslog"][0];
    assert_eq!(clock.zone_minutes, Some(540));
    assert!(clock.skew_ns.is_some_and(|skew| (skew - 90 * SECOND).abs() < SECOND), "{clock:?}");
    let (_, clocks) = estimated(&journal_and_syslog(9 * HOUR + 365 * 24 * HOUR, 20), &[]);
    assert_eq!((clocks["syslog"][0].years, clocks["syslog"][0].zone_minutes), (Some(1), Some(540)));
}

#[test]
fn nothing_shared_is_not_known_and_a_person_s_word_wins() {
    let mut events = journal_and_syslog(9 * HOUR, 2);
    let (_, clocks) = estimated(&events, &[]);
    let clock = &clocks["syslog"][0];
    assert_eq!((clock.known, clock.zone_minutes, clock.error_ns), (ClockKnown::NotShared, None, Some(14 * HOUR)));
    events = journal_and_syslog(9 * HOUR, 20);
    let stated = StatedClock {
        sources: Pattern::new("sys*").unwrap(),
        zone_minutes: parse_offset("+08:00"),
        skew_ns: 0,
        boot: None,
    };
    let (mut labels, clocks) = estimated(&events, std::slice::from_ref(&stated));
    assert_eq!((clocks["syslog"][0].known, clocks["syslog"][0].zone_minutes), (ClockKnown::Stated, Some(480)));
    assert_eq!(clocks["journal"][0].skew_ns, Some(0), "a stated zone does not move the reference");
    labels.apply(&mut events[1]);
    assert_eq!(events[1].time.0, events[1].time_recorded.unwrap().0 - 8 * HOUR);
}

#[test]
fn like_pids_on_two_hosts_are_no_shared_events() {
    let mut events = Vec::new();
    for at in 0..40_u32 {
        let time = START + i64::from(at) * 3 * SECOND;
        events.push(start("auditd", at.into(), time, Some("web-01"), 100 + at));
        // Another machine of the same image, booted three hours later.
        events.push(start("falco", at.into(), time + 3 * HOUR, None, 100 + at));
    }
    let (labels, clocks) = estimated(&events, &[]);
    assert_eq!(clocks["falco"][0].known, ClockKnown::NotShared);
    assert_eq!(labels.host_of(source("falco")), Some(("web-01", HostKnown::Assumed)), "only one host is named");
}

#[test]
fn a_nameless_source_is_of_the_host_with_which_it_shares_program_starts() {
    let mut events = Vec::new();
    for at in 0..5_u32 {
        let time = START + i64::from(at) * 30 * SECOND;
        events.push(start("auditd", at.into(), time, Some("web-01"), 100 + at));
        events.push(start("falco", at.into(), time + 3_000_000, None, 100 + at));
        events.push(start("tetragon", at.into(), time, Some("db-01"), 900 + at));
    }
    let (mut labels, clocks) = estimated(&events, &[]);
    assert_eq!(labels.host_of(source("falco")), Some(("web-01", HostKnown::Shared)));
    assert_eq!(clocks["falco"][0].skew_ns, Some(0), "3 ms are within the error");
    let mut alert = events[1].clone();
    labels.apply(&mut alert);
    assert_eq!((alert.host.as_deref(), alert.time_recorded), (Some("web-01"), None));
}

#[test]
fn times_since_boot_are_anchored_by_shared_messages_or_the_one_boot_record() {
    let mut events = journal_and_syslog(0, 20);
    events.retain(|event| event.format == "journal");
    let boot = START - 100 * SECOND;
    for at in 0..10 {
        let since_boot = events[at as usize].time.0 - boot;
        let mut line = message("dmesg", at, since_boot, Some("web-01"));
        line.time_basis = TimeBasis::Boot;
        events.push(line);
    }
    let (_, clocks) = estimated(&events, &[]);
    assert_eq!(clocks["dmesg"][0].boot, Some(Timestamp(boot)));

    let mut line = message("dmesg", 3, 5 * SECOND, Some("web-01"));
    line.time_basis = TimeBasis::Boot;
    let record = event("auditd", 0, START, Some("web-01"), Action::SystemBoot);
    let (_, clocks) = estimated(&[line.clone(), record.clone()], &[]);
    assert_eq!((clocks["dmesg"][0].boot, clocks["dmesg"][0].error_ns), (Some(Timestamp(START)), Some(120 * SECOND)));
    let again = event("auditd", 1, START + HOUR, Some("web-01"), Action::SystemBoot);
    let (_, clocks) = estimated(&[line, record, again], &[]);
    assert_eq!((clocks["dmesg"][0].known, clocks["dmesg"][0].boot), (ClockKnown::NotShared, None), "which boot?");
}

#[test]
fn what_is_carried_ties_the_carrier_s_clock() {
    let mut line = event("syslog", 7, START, Some("web-01"), Action::ContainerStart);
    line.facts.insert(model::CARRIED_BY, "syslog");
    line.facts.insert(model::CARRIER_TIME, Timestamp(START + 9 * HOUR).to_string());
    let mut plain = message("syslog", 8, START + 9 * HOUR + SECOND, Some("web-01"));
    plain.time_basis = TimeBasis::Local;
    let (_, clocks) = estimated(&[line, plain], &[]);
    let local = clocks["syslog"].iter().find(|clock| clock.basis == TimeBasis::Local).unwrap();
    assert_eq!((local.known, local.zone_minutes), (ClockKnown::Shared, Some(540)));
}

#[test]
fn one_record_does_not_move_a_clock_by_a_year() {
    let mut line = event("syslog", 7, START, Some("web-01"), Action::ContainerStart);
    line.facts.insert(model::CARRIED_BY, "syslog");
    line.facts.insert(model::CARRIER_TIME, Timestamp(START + 365 * 24 * HOUR).to_string());
    let mut plain = message("syslog", 8, START + 365 * 24 * HOUR, Some("web-01"));
    plain.time_basis = TimeBasis::Local;
    let (_, clocks) = estimated(&[line, plain], &[]);
    let local = clocks["syslog"].iter().find(|clock| clock.basis == TimeBasis::Local).unwrap();
    assert_eq!((local.known, local.years), (ClockKnown::NotShared, None));
}

#[test]
fn two_audit_logs_of_one_time_without_a_shared_event_are_two_hosts() {
    let mut events = Vec::new();
    for at in 0..20 {
        let time = START + at as i64 * SECOND;
        for (name, host) in [("auditd", Some("web-01")), ("laurel", None)] {
            let serial = if host.is_some() { at } else { at + 500 };
            let mut event = event(name, at, time, host, Action::FileRead);
            event.serial = Some(serial);
            events.push(event);
        }
    }
    let (labels, _) = estimated(&events, &[]);
    assert_eq!(labels.host_of(source("laurel")), None);
    let mut anchors = Anchors::default();
    events.iter().for_each(|event| anchors.event(event));
    let names = BTreeMap::from([(source("laurel"), "node2/laurel.log".to_string())]);
    let stated = StatedHost { sources: Pattern::new("laurel.log").unwrap(), host: Some("node2".into()) };
    assert_eq!(anchors.hosts(&[stated], &names).of(source("laurel")), Some(("node2", HostKnown::Stated)));
}

#[test]
fn samples_are_the_same_in_any_order_and_bounded() {
    let events: Vec<Event> = (0..5_000).map(|at| start("auditd", at, START, None, at as u32)).collect();
    let (mut forwards, mut backwards) = (Anchors::default(), Anchors::default());
    events.iter().for_each(|event| forwards.event(event));
    events.iter().rev().take(2_000).for_each(|event| backwards.event(event));
    let mut rest = Anchors::default();
    events.iter().take(3_000).for_each(|event| rest.event(event));
    backwards.join(rest);
    let keys = |anchors: &Anchors| -> Vec<u64> {
        anchors.in_order().iter().flat_map(|(_, sample)| sample.of(Kind::Exec).keys().copied()).collect()
    };
    assert_eq!(keys(&forwards).len(), 1_024);
    assert_eq!(keys(&forwards), keys(&backwards));
}

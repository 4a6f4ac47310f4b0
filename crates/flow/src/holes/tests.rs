use model::{Action, Address, EventId, FormatChoice, Sha256};
use normalise::clocks::Anchors;

use super::*;

const SECOND: i64 = 1_000_000_000;

fn address(source: u8) -> Address {
    Address { source: Sha256([source; 32]), offset: 9, length: 1 }
}

fn gap(host: &str, after: u64, before: u64, summed: bool) -> SerialGap {
    SerialGap {
        host: Some(host.to_string()),
        after,
        before,
        missing: before - after - 1 - u64::from(summed),
        from: Timestamp(10 * SECOND),
        to: Timestamp(20 * SECOND),
        address: address(1),
    }
}

fn source(gaps: Vec<SerialGap>) -> SourceCoverage {
    SourceCoverage {
        serial_gaps: gaps,
        ..crate::coverage::empty(Sha256([1; 32]), "audit.log", FormatChoice::default())
    }
}

fn event(host: &str, serial: u64, second: i64) -> Event {
    let id = EventId::new(Sha256([2; 32]), serial, 0);
    let mut event = Event::draft(id, Timestamp(second * SECOND), "laurel", Action::Other);
    (event.host, event.serial) = (Some(host.to_string()), Some(serial));
    event
}

/// What is still missing of the first gap once these events were seen.
fn missing(gaps: Vec<SerialGap>, events: &[Event]) -> u64 {
    let labels = Labels::new(
        Anchors::default().estimate(&[], &BTreeMap::new()),
        Anchors::default().hosts(&[], &BTreeMap::new()),
    );
    let source = source(gaps);
    let mut holes = Holes::of([&source].into_iter(), &labels);
    events.iter().for_each(|event| holes.event(event));
    let gap = &source.serial_gaps[0];
    holes.still_missing(&gap.host, source.source, gap)
}

#[test]
fn what_another_log_has_is_not_missing_counted_once_in_any_order() {
    let mut serials: Vec<u64> = vec![105, 101, 103, 102, 102, 109, 104, 101];
    for _ in 0..2 {
        let events: Vec<Event> = serials.iter().map(|&serial| event("a", serial, 15)).collect();
        assert_eq!(missing(vec![gap("a", 100, 110, false)], &events), 3, "106 to 108 never came");
        serials.reverse();
    }
    let all: Vec<Event> = (101..110).map(|serial| event("a", serial, 15)).collect();
    assert_eq!(missing(vec![gap("a", 100, 110, false)], &all), 0);
}

#[test]
fn other_hosts_other_boots_and_sums_fill_nothing() {
    let one = |event: Event| missing(vec![gap("a", 100, 110, false)], &[event]);
    assert_eq!(one(event("a", 105, 21)), 8, "a call that waited");
    assert_eq!(one(event("b", 105, 15)), 9, "another host");
    assert_eq!(one(event("a", 105, 400)), 9, "the same number after a boot");
    assert_eq!(one(event("a", 110, 15)), 9, "the end of the hole");
    assert_eq!(missing(vec![gap("a", 100, 110, true)], &[event("a", 105, 15)]), 8, "a sum stays as it is");
}

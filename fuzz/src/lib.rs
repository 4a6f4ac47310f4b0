//! What every decoder must keep for any bytes at all. One target per format calls it:
//! `scripts/fuzz.sh 600 auditd`.

use model::{Action, Event, EventId, Sha256, Timestamp};
use parse::Batch;
use rules::{Language, Loader, Runner};

/// Reads `data` as a source of `format`, whole and in chunks whose sizes its first byte decides.
///
/// # Panics
/// When a byte is lost or counted twice, an address lies outside the source, or the chunks change the result.
pub fn check(format: &str, data: &[u8]) {
    let Some((&first, log)) = data.split_first() else { return };
    let whole = read(format, log, usize::MAX);
    assert_eq!(whole.record_bytes + whole.problem_bytes, log.len() as u64, "every byte is accounted for");
    let addresses = whole.drafts.iter().flat_map(|draft| &draft.addresses);
    for address in addresses.chain(whole.problems.iter().map(|problem| &problem.address)) {
        assert!(address.length > 0 && address.offset + address.length <= log.len() as u64, "{address:?}");
    }
    assert_eq!(read(format, log, usize::from(first) + 1), whole, "chunks of {} bytes", usize::from(first) + 1);
}

fn read(format: &str, log: &[u8], size: usize) -> Batch {
    let mut decoder = parse::by_name(format).expect("the format exists").decoder(Sha256([1; 32]).into());
    let mut batch = Batch::default();
    log.chunks(size).for_each(|chunk| decoder.push(chunk, &mut batch));
    decoder.finish(&mut batch);
    batch
}

/// Loads `data` as a file of rules and shows the rules some events.
///
/// # Panics
/// When loading the same text again gives another result, or a fault stands outside of the text.
pub fn check_rules(language: Language, data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let load = || {
        let mut loader = Loader::new();
        loader.take(language, "rules", &text);
        loader.finish()
    };
    let (rules, faults) = load();
    let (again, same) = load();
    assert_eq!((faults.len(), rules.all().len()), (same.len(), again.all().len()));
    let lines = u32::try_from(text.matches('\n').count()).unwrap_or(u32::MAX).saturating_add(1);
    for fault in &faults {
        assert!(fault.line >= 1 && fault.line <= lines.saturating_add(1), "{fault}: {lines} lines");
    }
    let count = rules.all().len();
    let mut runner = Runner::new(rules);
    for (at, action) in Action::ALL.iter().enumerate() {
        let id = EventId { source: [1; 8], offset: at as u64, part: 0 };
        let mut event = Event::draft(id, Timestamp(1_800_000_000_000_000_000), "auditd", *action);
        event.facts.insert("syscall", "openat");
        event.actor.comm = Some(model::Bytes::from("cat"));
        runner.push(&event);
        for rule in 0..count.min(8) {
            runner.explain(rule, &event);
        }
    }
}

//! From the bytes of logs to labelled events.

use model::{Event, Sha256};
use normalise::{Context, Policy};
use parse::Batch;

/// The labelled events of logs, in their order.
///
/// # Panics
/// When a log is not recognised: the page is wrong.
pub fn events(logs: &[Vec<u8>]) -> Vec<Event> {
    let mut drafts = Vec::new();
    for log in logs {
        let format = parse::choose(log).chosen.as_deref().and_then(parse::by_name).expect("a known format");
        let mut decoder = format.decoder(Sha256::of(log).into());
        let mut batch = Batch::default();
        decoder.push(log, &mut batch);
        decoder.finish(&mut batch);
        drafts.extend(batch.drafts);
    }
    drafts.sort_by_key(Event::order);
    let mut context = Context::new(Policy::default());
    drafts.iter().for_each(|draft| context.observe(draft));
    let mut labeller = context.into_labeller();
    drafts.into_iter().map(|draft| labeller.label(draft)).collect()
}

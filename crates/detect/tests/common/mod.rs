//! From the bytes of logs to labelled events.

use model::{Event, Sha256};
use normalise::{Context, Policy};
use parse::Batch;

/// What a log holds, read as the format that it is recognised as. `None` where none is.
pub fn read(bytes: &[u8]) -> Option<Batch> {
    let format = parse::choose(bytes).chosen.as_deref().and_then(parse::by_name)?;
    let mut decoder = format.decoder(Sha256::of(bytes).into());
    let mut batch = Batch::default();
    decoder.push(bytes, &mut batch);
    decoder.finish(&mut batch);
    Some(batch)
}

/// The drafts in their order, labelled.
pub fn labelled(mut drafts: Vec<Event>) -> Vec<Event> {
    drafts.sort_by_key(Event::order);
    let mut context = Context::new(Policy::default());
    drafts.iter().for_each(|draft| context.observe(draft));
    let mut labeller = context.into_labeller();
    drafts.into_iter().map(|draft| labeller.label(draft)).collect()
}

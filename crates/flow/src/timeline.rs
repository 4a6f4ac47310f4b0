//! The stored events, in their order.

use model::Event;

use crate::{Case, Error, ErrorKind};

/// All events of the case in [`Event::order`], read as they are asked for.
///
/// Fails when the evidence has not been read; an item fails when a stored part cannot be read.
pub fn events(case: &Case) -> Result<impl Iterator<Item = Result<Event, Error>>, Error> {
    let kind = model::ArtefactKind::Coverage;
    if !case.directory().join(kind.file_name()).exists() {
        return Err(Error::new(ErrorKind::StageMissing(kind), "read the events of", case.directory()));
    }
    let events = store::read_partitions(case.directory())?;
    Ok(events.map(|event| event.map_err(Error::from)))
}

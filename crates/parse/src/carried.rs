//! Records that another format carries: audit records in a journal, daemon logs in syslog, alerts in a container's log.
//!
//! A carrier (journal, syslog, container log, log service) hands every message to [`Carried`], which
//! asks the formats of the table `formats::CARRIED` whether it is theirs. What nobody knows is the
//! carrier's own event.

use model::{CARRIER_TIME, Event, TimeBasis};

use crate::{
    Batch, formats,
    records::{Origin, Reader},
};

/// A format whose records may stand in the messages of another.
pub(crate) trait CarriedFormat: Sync {
    /// Whether `message` (without framing, white space trimmed) is a record of this format. Must be cheap:
    /// it is asked of every message.
    fn recognises(&self, message: &[u8], origin: &Origin<'_>) -> bool;

    /// A reader for the messages of one source.
    fn reader(&self) -> Box<dyn Reader>;
}

/// The readers of what one source carries, made when first needed.
#[derive(Default)]
pub(crate) struct Carried {
    /// By the place in the table.
    readers: Vec<Option<Box<dyn Reader>>>,
}

impl Carried {
    /// Reads a message. `false` when no format knows it, or when it turned out to be damaged: the carrier
    /// then keeps it as an event of its own.
    pub fn message(&mut self, message: &[u8], origin: &Origin<'_>, out: &mut Batch) -> bool {
        let message = message.trim_ascii();
        let Some(at) = formats::CARRIED.iter().position(|format| format.recognises(message, origin)) else {
            return false;
        };
        self.readers.resize_with(formats::CARRIED.len(), || None);
        let reader = self.readers[at].get_or_insert_with(|| formats::CARRIED[at].reader());
        let before = out.drafts.len();
        let is_read = reader.record(message, origin, out).is_ok();
        keep_carrier_time(origin, out.drafts.get_mut(before..).unwrap_or_default());
        is_read
    }

    /// The source has ended: appends what still waited for further messages.
    pub fn finish(&mut self, out: &mut Batch) {
        for reader in self.readers.iter_mut().flatten() {
            reader.finish(out);
        }
    }
}

/// Where a record with a time of its own stands in a line of local time, keeps that one too: the two together tell
/// the zone of the carrier's clock. A reader that joins records may also give events of earlier lines here.
fn keep_carrier_time(origin: &Origin<'_>, drafts: &mut [Event]) {
    let Some(time) = origin.time.filter(|_| origin.basis == TimeBasis::Local) else { return };
    for draft in drafts {
        let is_of_line = draft.addresses.last() == Some(&origin.address);
        if is_of_line && draft.time_basis == TimeBasis::Utc && draft.time != time {
            draft.facts.entry(CARRIER_TIME.to_string()).or_insert_with(|| time.to_string());
        }
    }
}

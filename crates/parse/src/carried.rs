//! Records that another format carries: audit records in a journal, daemon logs in syslog, alerts in a container's log.
//!
//! A carrier (journal, syslog, container log, log service) hands every message to [`Carried`], which
//! asks the formats of the table `formats::CARRIED` whether it is theirs. What nobody knows is the
//! carrier's own event.

use model::{CARRIED_BY, CARRIER_TIME, Event, Problem, ProblemKind, TimeBasis};

use crate::{
    Batch, formats, messages,
    records::{Origin, Reader},
    text,
};

/// A format whose records may stand in the messages of another.
pub(crate) trait CarriedFormat: Sync {
    /// Whether `message` (without framing, white space trimmed) is a record of this format. Must be cheap:
    /// it is asked of every message.
    fn recognises(&self, message: &[u8], origin: &Origin<'_>) -> bool;

    /// A reader for the messages of one source.
    fn reader(&self) -> Box<dyn Reader>;

    /// For a format of recorders: beginnings of the names of the programs, services and containers that write its
    /// records. Anyone can write a line that looks like one, and from such a record follows what was done on a host.
    /// Empty where it does not matter who wrote it.
    fn writers(&self) -> &'static [&'static str] {
        &[]
    }

    /// Whether such a recorder may run in a container and write to the container's log.
    fn in_containers(&self) -> bool {
        true
    }
}

/// The readers of what one source carries, made when first needed.
#[derive(Default)]
pub(crate) struct Carried {
    /// By the place in the table.
    readers: Vec<Option<Box<dyn Reader>>>,
    /// The format that carries them.
    carrier: Option<&'static str>,
}

/// Whether any format of the table knows such a message, so that it may belong together with others.
pub(crate) fn is_known(message: &[u8], origin: &Origin<'_>) -> bool {
    formats::CARRIED.iter().any(|format| format.recognises(message.trim_ascii(), origin))
}

impl Carried {
    /// Reads a message. `false` when no format knows it, when it turned out to be damaged, or when not a recorder wrote
    /// it but somebody else: the carrier then keeps it as an event of its own.
    pub fn message(&mut self, message: &[u8], origin: &Origin<'_>, out: &mut Batch) -> bool {
        let message = message.trim_ascii();
        let Some(at) = formats::CARRIED.iter().position(|format| format.recognises(message, origin)) else {
            return false;
        };
        if !is_believed(formats::CARRIED[at], origin) {
            let writer =
                origin.program.map_or("somebody".to_string(), |name| format!("`{}`", text::fact(name.as_bytes())));
            let text = format!("looks like the record of a recorder, but {writer} wrote it: kept as a message");
            out.problems.push(Problem { kind: ProblemKind::Claimed, address: origin.address, text });
            return false;
        }
        self.carrier = origin.carrier;
        self.readers.resize_with(formats::CARRIED.len(), || None);
        let reader = self.readers[at].get_or_insert_with(|| formats::CARRIED[at].reader());
        let before = out.drafts.len();
        let is_read = reader.record(message, origin, out).is_ok();
        let drafts = out.drafts.get_mut(before..).unwrap_or_default();
        mark(self.carrier, drafts);
        keep_carrier_time(origin, drafts);
        is_read
    }

    /// The source has ended: appends what still waited for further messages.
    pub fn finish(&mut self, out: &mut Batch) {
        let before = out.drafts.len();
        for reader in self.readers.iter_mut().flatten() {
            reader.finish(out);
        }
        mark(self.carrier, out.drafts.get_mut(before..).unwrap_or_default());
    }
}

/// Says which format carried the records.
fn mark(carrier: Option<&'static str>, drafts: &mut [Event]) {
    let Some(carrier) = carrier else { return };
    for draft in drafts {
        draft.facts.insert_missing(CARRIED_BY, carrier);
    }
}

/// Whether one of those who write such records wrote this one, as far as the carrier can know.
///
/// journald vouches for the service and the user that wrote a message. Syslog has only the name that the writer gives
/// itself: a record is taken from one of the right name, and whoever concludes something from it has to say that it can
/// be forged. A container's log holds whatever its programs print: the container's name tells, where it is known.
fn is_believed(format: &dyn CarriedFormat, origin: &Origin<'_>) -> bool {
    let writers = format.writers();
    let is_writer = |name: &str| writers.iter().any(|writer| is_name_of(name, writer));
    match origin.carrier {
        _ if writers.is_empty() => true,
        Some("journal") => origin.vouched.is_some_and(is_writer),
        Some("syslog") => origin.program.is_some_and(is_writer),
        Some(carrier) if messages::CARRIERS.contains(&carrier) => {
            format.in_containers() && origin.program.is_none_or(is_writer)
        }
        // A node's own log, or the output of a container that the log service names.
        Some("gke_audit") => origin.program.is_none_or(is_writer),
        _ => true,
    }
}

/// `falco`, `falco.service`, `falco-modern-bpf`; not `falconer`.
fn is_name_of(name: &str, writer: &str) -> bool {
    let rest = name.strip_prefix(writer);
    rest.is_some_and(|rest| !rest.starts_with(|next: char| next.is_alphanumeric()))
}

/// Where a record with a time of its own stands in a line of local time, keeps that one too: the two together tell
/// the zone of the carrier's clock. A reader that joins records may also give events of earlier lines here.
fn keep_carrier_time(origin: &Origin<'_>, drafts: &mut [Event]) {
    let Some(time) = origin.time.filter(|_| origin.basis == TimeBasis::Local) else { return };
    for draft in drafts {
        let is_of_line = draft.addresses.last() == Some(&origin.address);
        if is_of_line && draft.time_basis == TimeBasis::Utc && draft.time != time {
            draft.facts.insert_missing(CARRIER_TIME, time.to_string());
        }
    }
}

//! The kernel's own messages: `dmesg` in its spellings, `/dev/kmsg`, and kernel lines that a journal or syslog carries.
//!
//! A line's own time counts from boot; only a carrier, or `dmesg -T`, says which moment that was.
//!
//! Sources: Linux `kernel/printk/printk.c`, `Documentation/ABI/testing/dev-kmsg`, util-linux `dmesg.c`.

mod acts;
mod line;

use model::{Action, CARRIED_BY, Event, EventId, ProblemKind, TimeBasis, Timestamp};

use crate::{
    Batch, Decoder, Format, Source,
    carried::{Carried, CarriedFormat},
    records::{Fault, Framed, Framing, Origin, Reader},
    text,
};
use line::{Line, Stamp};

/// The format.
pub(crate) struct Kernel;

impl Format for Kernel {
    fn name(&self) -> &'static str {
        "kernel"
    }

    fn sniff(&self, head: &[u8]) -> u8 {
        let lines = head.split(|&byte| byte == b'\n').filter(|line| !line.trim_ascii().is_empty()).take(64);
        let (mut stamped, mut others) = (0_u32, 0_u32);
        for line in lines {
            match std::str::from_utf8(line).ok().map(Line::read) {
                Some(line) if line.stamp.is_some() => stamped += 1,
                _ => others += 1,
            }
        }
        match (stamped, others) {
            (0, _) => 0,
            // Messages of several lines have a stamp on the first only.
            _ => u8::try_from(92 * stamped / (stamped + others)).unwrap_or(0),
        }
    }

    fn decoder(&self, source: Source) -> Box<dyn Decoder> {
        Box::new(Framed::new(source, Framing::lines(), KernelReader::default()))
    }
}

impl CarriedFormat for Kernel {
    fn recognises(&self, _message: &[u8], origin: &Origin<'_>) -> bool {
        origin.program == Some("kernel")
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(KernelReader::default())
    }
}

#[derive(Default)]
struct KernelReader {
    /// Audit records among the messages of a log of its own; a carrier asks for them itself.
    carried: Carried,
    /// The stamp of the line before, for the further lines of its message.
    before: Option<Stamp>,
    /// How many records the kernel said that it lost, since boot.
    lost: Option<u64>,
}

impl Reader for KernelReader {
    fn record(&mut self, text: &[u8], origin: &Origin<'_>, out: &mut Batch) -> Result<(), Fault> {
        if origin.carrier.is_none() && text::control_characters(text) > 0 {
            return Err((ProblemKind::NotARecord, "control characters, which no kernel message has".to_string()));
        }
        let text = text::lossy(text);
        let own = origin.carrier.is_none();
        // `/dev/kmsg` gives a message's properties on lines of their own behind it.
        if own
            && self.before.is_some()
            && let Some((name, _)) = text.strip_prefix(' ').and_then(|text| text.split_once('='))
            && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_')
        {
            out.unmapped.note(name);
            out.records += 1;
            return Ok(());
        }
        let line = Line::read(&text);
        let Some(stamp) = line.stamp.or(if own { self.before } else { None }).or(origin.time.map(Stamp::Utc)) else {
            return Err((ProblemKind::NotARecord, "no kernel message (`[seconds] text`)".to_string()));
        };
        self.before = Some(stamp);
        let (time, basis) = match (origin.time, stamp) {
            (Some(time), _) => (time, origin.basis),
            (None, Stamp::Boot(since)) => (Timestamp(since), TimeBasis::Boot),
            (None, Stamp::Local(time)) => (time, TimeBasis::Local),
            (None, Stamp::Utc(time)) => (time, TimeBasis::Utc),
        };
        let address = origin.address;
        if own && self.audit_record(line.message, origin, (stamp, time), out) {
            return Ok(());
        }
        let mut event =
            Event::draft(EventId::new(address.source, address.offset, 0), time, "kernel", Action::LogMessage);
        event.time_basis = basis;
        event.host = origin.host.map(str::to_string);
        event.addresses = vec![address];
        let mut fact = |name: &str, value: String| event.facts.insert(name, value);
        if let (Stamp::Boot(since), true) = (stamp, origin.time.is_some()) {
            fact("since_boot_ns", since.to_string());
        }
        if let Some(level) = line.level {
            fact("level", level.to_string());
        }
        if line.stamp.is_none() && own {
            fact("continues", "yes".to_string());
        }
        if let Some(carrier) = origin.carrier {
            fact(CARRIED_BY, carrier.to_string());
        }
        fact("message", text::first_chars(line.message, acts::MESSAGE_CHARS_MAX).to_string());
        acts::interpret(line.message, &mut event);
        self.losses(&mut event, out);
        out.drafts.push(event);
        out.records += 1;
        Ok(())
    }

    fn finish(&mut self, out: &mut Batch) {
        self.carried.finish(out);
    }
}

impl KernelReader {
    /// Audit records go to the kernel's log while no audit daemon runs: they state their own time and serial.
    fn audit_record(&mut self, message: &str, origin: &Origin<'_>, stamp: (Stamp, Timestamp), out: &mut Batch) -> bool {
        let time = if let Stamp::Boot(_) = stamp.0 { None } else { Some(stamp.1) };
        message.starts_with("audit: type=")
            && self.carried.message(message.as_bytes(), &Origin { carrier: Some("kernel"), time, ..*origin }, out)
    }

    /// The kernel counts what audit lost since boot; what came on top is a new loss.
    fn losses(&mut self, event: &mut Event, out: &mut Batch) {
        if event.action != Action::AuditLost {
            return;
        }
        let total = event.fact("audit_lost").and_then(|text| text.parse::<u64>().ok());
        let count = total.map(|total| total.saturating_sub(self.lost.unwrap_or(0)));
        self.lost = total.or(self.lost);
        if count == Some(0) {
            return;
        }
        if let Some(count) = count {
            event.facts.insert("lost", count.to_string());
        }
        let drop = |&address| model::DeclaredDrop { time: event.time, count, address };
        out.drops.extend(event.addresses.first().map(drop));
    }
}

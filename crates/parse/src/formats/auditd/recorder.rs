//! What a log says of its own recorder: losses, stops, and being switched off.

use std::collections::BTreeMap;

use model::{Address, BlindWindow, BlindWindowKind, DeclaredDrop, Timestamp};

use super::{
    fields::{Fields, plain},
    header::Header,
};
use crate::{Batch, text::number};

/// Follows one node's recorder.
#[derive(Default)]
pub(super) struct Recorder {
    /// Since when it is off, why, and the record that says so.
    off: Option<(Timestamp, &'static str, Address)>,
    /// Latest time of any record.
    latest: Option<Timestamp>,
}

impl Recorder {
    /// Notes the time of a record.
    pub fn seen(&mut self, time: Timestamp) {
        self.latest = Some(self.latest.map_or(time, |latest| latest.max(time)));
    }

    /// Takes a record of the daemon or of the kernel's audit configuration.
    pub fn record(&mut self, host: Option<&str>, header: &Header<'_>, body: &[u8], address: Address, out: &mut Batch) {
        match header.type_name {
            b"DAEMON_END" | b"DAEMON_ABORT" => self.switched_off("daemon_stopped", header.time, address),
            b"DAEMON_START" => match self.off {
                Some(_) => self.switched_on(host, header.time, Some(address), out),
                None => self.started_without_stop(host, header.time, address, out),
            },
            b"CONFIG_CHANGE" => self.configured(host, header.time, body, address, out),
            _ => {}
        }
        if let Some(count) = declared_loss(header.type_name, body) {
            out.drops.push(DeclaredDrop { time: header.time, count: Some(count), address });
        }
    }

    /// Reports a recorder that was still off when the source ended.
    pub fn finish(&mut self, host: Option<&str>, out: &mut Batch) {
        if let Some((from, reason, address)) = self.off.take() {
            out.blind_windows.push(window(host, Some(from), None, reason, vec![address]));
        }
    }

    fn configured(&mut self, host: Option<&str>, time: Timestamp, body: &[u8], address: Address, out: &mut Batch) {
        match field(body, b"audit_enabled") {
            Some(b"0") => self.switched_off("audit_disabled", time, address),
            Some(b"1" | b"2") => self.switched_on(host, time, Some(address), out),
            _ => {}
        }
    }

    fn switched_off(&mut self, reason: &'static str, time: Timestamp, address: Address) {
        if self.off.is_none() {
            self.off = Some((time, reason, address));
        }
    }

    fn switched_on(&mut self, host: Option<&str>, time: Timestamp, address: Option<Address>, out: &mut Batch) {
        if let Some((from, reason, stopped)) = self.off.take() {
            let addresses = std::iter::once(stopped).chain(address).collect();
            out.blind_windows.push(window(host, Some(from), Some(time), reason, addresses));
        }
    }

    /// The daemon starts, and nothing said that it had stopped: it was killed, or the host crashed.
    fn started_without_stop(&mut self, host: Option<&str>, time: Timestamp, address: Address, out: &mut Batch) {
        if let Some(latest) = self.latest.filter(|&latest| latest < time) {
            out.blind_windows.push(window(host, Some(latest), Some(time), "daemon_not_stopped_cleanly", vec![address]));
        }
    }
}

fn window(
    host: Option<&str>,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    reason: &str,
    addresses: Vec<Address>,
) -> BlindWindow {
    BlindWindow {
        kind: BlindWindowKind::RecorderOff,
        host: host.map(str::to_string),
        from,
        to,
        facts: BTreeMap::from([("reason".to_string(), reason.to_string())]),
        addresses,
    }
}

/// How many events a record says were lost; `None` when it says nothing of the kind.
///
/// Setting the kernel's counter back is logged with the count until then (`op=set lost=0 old=17`);
/// messages of the kernel or the daemon state `lost=` or `audit_lost=` directly.
pub(super) fn declared_loss(type_name: &[u8], body: &[u8]) -> Option<u64> {
    if !matches!(type_name, b"CONFIG_CHANGE" | b"KERNEL" | b"UNKNOWN[2000]") && !type_name.starts_with(b"DAEMON_") {
        return None;
    }
    let stated = field(body, b"lost").or_else(|| field(body, b"audit_lost")).and_then(number)?;
    let before = if stated == 0 { field(body, b"old").and_then(number)? } else { stated };
    (before > 0).then_some(before)
}

fn field<'a>(body: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    Fields::of(body).find(|(key, _)| *key == name).and_then(|(_, value)| plain(value))
}

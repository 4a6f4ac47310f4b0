//! Reads the evidence bytes that show events: the end of every walk back.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, Read},
};

use model::{Address, ArtefactKind, Bytes, EventId, EvidenceItem, SourceId};
use report::{QUOTE_BYTES_MAX, Quote};

use crate::{Case, Error, read_stage::source_name};

/// Most records quoted per event: an audit event has about ten, a hostile one may claim any number.
const RECORDS_PER_EVENT_MAX: usize = 32;

/// Bytes skipped at a time between two quotes.
const SKIP_BYTES: usize = 128 * 1024;

/// The records behind `wanted`: per event its addresses and the bytes that stand there, or their beginning.
///
/// Reads the stored events once and each source at most once, from its start to its last quoted byte.
/// Events that the case does not hold, and bytes that cannot be read any more, are left out. Fails
/// when the events or the originals cannot be opened.
pub fn quotes(case: &Case, wanted: &BTreeSet<EventId>) -> Result<BTreeMap<EventId, Vec<Quote>>, Error> {
    let mut quotes = BTreeMap::new();
    if wanted.is_empty() {
        return Ok(quotes);
    }
    let mut by_source: BTreeMap<SourceId, BTreeSet<Address>> = BTreeMap::new();
    let mut addresses: BTreeMap<EventId, Vec<Address>> = BTreeMap::new();
    for event in store::read_partitions(case.directory())? {
        let event = event?;
        if !wanted.contains(&event.id) {
            continue;
        }
        let cited: Vec<Address> = event.addresses.iter().copied().take(RECORDS_PER_EVENT_MAX).collect();
        for address in &cited {
            by_source.entry(address.source).or_default().insert(*address);
        }
        addresses.insert(event.id, cited);
    }
    let texts = read(case, &by_source)?;
    for (event, cited) in addresses {
        let found = cited.iter().filter_map(|address| texts.get(address)).cloned();
        quotes.insert(event, found.collect());
    }
    Ok(quotes)
}

fn read(case: &Case, by_source: &BTreeMap<SourceId, BTreeSet<Address>>) -> Result<BTreeMap<Address, Quote>, Error> {
    let items: Vec<EvidenceItem> = case.read_if_there(ArtefactKind::Evidence)?.unwrap_or_default();
    let mut texts: BTreeMap<Address, Quote> = BTreeMap::new();
    let mut done: BTreeSet<SourceId> = BTreeSet::new();
    for item in &items {
        if !item.sources.iter().any(|source| by_source.contains_key(&source.id) && !done.contains(&source.id)) {
            continue;
        }
        intake::read_sources(case.directory(), item, &mut |source, stream| {
            let Some(addresses) = by_source.get(&source.id).filter(|_| done.insert(source.id)) else { return Ok(()) };
            let name = source_name(item, source);
            let mut ranges = Ranges { stream, offset: 0, kept: Vec::new(), kept_from: 0 };
            for address in addresses {
                let Ok(bytes) = ranges.bytes(*address) else { break };
                let quote = Quote { source_name: name.clone(), address: *address, text: Bytes(bytes) };
                texts.insert(*address, quote);
            }
            Ok(())
        })?;
    }
    Ok(texts)
}

/// Reads ranges of a stream in ascending order; ranges may overlap within what is kept.
struct Ranges<'a> {
    stream: &'a mut dyn Read,
    offset: u64,
    /// The newest bytes, at most one range long.
    kept: Vec<u8>,
    kept_from: u64,
}

impl Ranges<'_> {
    fn bytes(&mut self, address: Address) -> io::Result<Vec<u8>> {
        let length = usize::try_from(address.length).unwrap_or(usize::MAX).min(QUOTE_BYTES_MAX);
        if address.offset >= self.offset {
            self.skip(address.offset - self.offset)?;
            self.kept_from = address.offset;
            self.kept.clear();
        }
        // Two events of one record cite the same bytes; a shorter range may come before a longer one.
        let Some(start) = address.offset.checked_sub(self.kept_from).and_then(|at| usize::try_from(at).ok()) else {
            return Err(io::Error::other("the range lies before what is kept"));
        };
        let end = start.saturating_add(length);
        if end > self.kept.len() {
            let before = self.kept.len();
            self.kept.resize(end, 0);
            self.stream.read_exact(&mut self.kept[before..])?;
            self.offset += (end - before) as u64;
        }
        Ok(self.kept.get(start..end).unwrap_or_default().to_vec())
    }

    fn skip(&mut self, bytes: u64) -> io::Result<()> {
        let mut left = bytes;
        let mut buffer = vec![0; SKIP_BYTES];
        while left > 0 {
            let want = usize::try_from(left).unwrap_or(SKIP_BYTES).min(SKIP_BYTES);
            self.stream.read_exact(&mut buffer[..want])?;
            left -= want as u64;
        }
        self.offset += bytes;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_in_one_pass_also_when_they_repeat_and_overlap() {
        let bytes: Vec<u8> = (0..=255).collect();
        let mut stream = &bytes[..];
        let mut ranges = Ranges { stream: &mut stream, offset: 0, kept: Vec::new(), kept_from: 0 };
        let source = model::Sha256::of(b"");
        let mut at = |offset, length| ranges.bytes(Address { source, offset, length });
        assert_eq!(at(3, 2).unwrap(), [3, 4]);
        assert_eq!(at(3, 4).unwrap(), [3, 4, 5, 6]);
        assert_eq!(at(3, 4).unwrap(), [3, 4, 5, 6]);
        assert_eq!(at(5, 4).unwrap(), [5, 6, 7, 8]);
        assert_eq!(at(100, 2).unwrap(), [100, 101]);
        assert!(at(255, 2).is_err());
    }
}

//! Collects what state files say while sources are read, and gives every piece the paths it stood at.

use std::collections::{BTreeMap, BTreeSet};

use model::{Bytes, EvidenceItem, EvidenceSource, KnownContainer, Layer, SourceId, StateRecord, Timestamp};

/// Pieces of runtime state of all sources.
#[derive(Default)]
pub(crate) struct RuntimeState {
    /// By source; the same bytes in several places are kept once.
    records: BTreeMap<SourceId, (usize, Vec<StateRecord>)>,
}

/// Where bytes stood, and when they were last modified.
#[derive(Default)]
struct Places {
    paths: BTreeSet<Bytes>,
    modified: Option<Timestamp>,
}

impl RuntimeState {
    /// Keeps what the source at place `reading` of the coverage says.
    pub(crate) fn keep(&mut self, reading: usize, records: Vec<StateRecord>) {
        for record in records {
            let (first, known) = self.records.entry(record.address.source).or_insert_with(|| (reading, Vec::new()));
            if *first == reading {
                known.push(record);
            }
        }
    }

    /// The containers that all pieces together describe, on one of `hosts`.
    pub(crate) fn containers(&self, items: &[EvidenceItem], hosts: &[String]) -> Vec<KnownContainer> {
        let mut places: BTreeMap<SourceId, Places> = BTreeMap::new();
        for (item, source) in items.iter().flat_map(|item| item.sources.iter().map(move |source| (item, source))) {
            let known = places.entry(source.id).or_default();
            known.paths.extend(paths_of(item, source));
            known.modified = known.modified.max(Some(source.modified));
        }
        let records: Vec<StateRecord> = self
            .records
            .values()
            .flat_map(|(_, records)| records)
            .cloned()
            .map(|record| {
                let known = places.get(&record.address.source);
                let paths = known.map(|known| known.paths.iter().cloned().collect()).unwrap_or_default();
                StateRecord { paths, modified: known.and_then(|known| known.modified), ..record }
            })
            .collect();
        // Names of files count even where nothing could be read: links and empty files of a kubelet.
        let unread = items.iter().filter(|item| item.sources.is_empty()).map(|item| &item.original.path);
        let paths = places.values().flat_map(|known| &known.paths).chain(unread);
        normalise::runtime_state::join(&records, paths, hosts)
    }
}

/// The paths of a source: of its original under every name, and of the members within.
fn paths_of(item: &EvidenceItem, source: &EvidenceSource) -> Vec<Bytes> {
    let mut within = String::new();
    for layer in &source.layers {
        if let Layer::Tar { member } = layer {
            within.push_str(" › ");
            within.push_str(&member.to_text());
        }
    }
    let originals = std::iter::once(&item.original.path).chain(&item.original.also_at);
    originals.map(|path| Bytes::from_text(&format!("{}{within}", path.to_text()))).collect()
}

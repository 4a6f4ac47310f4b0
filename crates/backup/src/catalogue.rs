//! The catalogue: versions of all affected objects over all sources, and each one's clean point.

use std::collections::{BTreeMap, BTreeSet};

use model::{Bytes, Catalogue, CatalogueEntry, ObjectId, Timestamp, Version};

use crate::{
    Backend, Error, PathHistory, Presence, Progress, Snapshot,
    clean_point::{self, Sighting, State},
};

/// An object to look up: who it is, its absolute host path, and the first hostile act on it.
pub type LookedUp = (ObjectId, Bytes, Timestamp);

/// Looks the objects up in every source and chooses their clean points.
///
/// The incident's first hostile act decides, on whatever object it was; an object's own earlier one
/// takes precedence. Entries are sorted by object. Versions that differ only in where they stand are
/// kept per source: two sources that agree are the stronger proof. A source that fails as a whole
/// costs only its own answers: it is named in a warning `source_unreadable`; when all fail, the first
/// error is returned. `progress` counts sources.
pub fn catalogue(
    backends: &mut [Box<dyn Backend>],
    objects: &[LookedUp],
    first_hostile_act: Timestamp,
    clock_error_ns: i64,
    progress: Progress<'_>,
) -> Result<Catalogue, Error> {
    let paths: Vec<Bytes> =
        objects.iter().map(|(_, path, _)| path.clone()).collect::<BTreeSet<_>>().into_iter().collect();
    let mut warnings = Vec::new();
    if backends.is_empty() {
        warnings.push("no_source".to_string());
    }
    let mut sources = Vec::new();
    let mut first_error = None;
    let all = backends.len() as u64;
    for (done, backend) in backends.iter_mut().enumerate() {
        progress(done as u64, all);
        match ask(backend.as_mut(), &paths) {
            Ok((snapshots, histories)) => {
                warnings.extend(source_warnings(backend.as_ref(), &snapshots));
                sources.push((snapshots, histories));
            }
            Err(error) => {
                warnings.push(format!("source_unreadable source={} kind={}", backend.name(), error.kind.key()));
                first_error.get_or_insert(error);
            }
        }
    }
    progress(all, all);
    if let (true, Some(error)) = (sources.is_empty(), first_error) {
        return Err(error);
    }
    let mut entries: Vec<CatalogueEntry> = objects
        .iter()
        .map(|(object, path, first_act)| {
            let limit = first_hostile_act.min(*first_act);
            entry(object, path, &sources, limit, clock_error_ns)
        })
        .collect();
    entries.sort_by(|one, other| one.object.cmp(&other.object));
    Ok(Catalogue { entries, warnings })
}

type Asked = (Vec<Snapshot>, BTreeMap<Bytes, PathHistory>);

fn ask(backend: &mut dyn Backend, paths: &[Bytes]) -> Result<Asked, Error> {
    let snapshots = backend.snapshots()?;
    let histories = backend.history(paths, &mut |_, _| {})?;
    Ok((snapshots, histories.into_iter().map(|history| (history.path.clone(), history)).collect()))
}

fn entry(
    object: &ObjectId,
    path: &Bytes,
    sources: &[Asked],
    first_hostile_act: Timestamp,
    clock_error_ns: i64,
) -> CatalogueEntry {
    let histories: Vec<(&[Snapshot], &PathHistory)> = sources
        .iter()
        .filter_map(|(snapshots, histories)| Some((snapshots.as_slice(), histories.get(path)?)))
        .collect();
    let (versions, sightings) = merge(&histories);
    let choice = clean_point::choose(&sightings, first_hostile_act, clock_error_ns);
    CatalogueEntry { object: object.clone(), path: path.clone(), versions, clean: choice.clean }
}

/// Merges what sources hold of one path: versions oldest first, sightings with their new indices.
fn merge(histories: &[(&[Snapshot], &PathHistory)]) -> (Vec<Version>, Vec<Sighting>) {
    let mut all: Vec<(usize, usize, &Version)> = Vec::new();
    for (source, (_, history)) in histories.iter().enumerate() {
        all.extend(history.versions.iter().enumerate().map(|(index, version)| (source, index, version)));
    }
    all.sort_by_key(|(source, index, version)| (version.stored.time, *source, *index));
    let place: BTreeMap<(usize, usize), usize> =
        all.iter().enumerate().map(|(place, (source, index, _))| ((*source, *index), place)).collect();
    let mut sightings = Vec::new();
    for (source, (snapshots, history)) in histories.iter().enumerate() {
        for (snapshot, presence) in snapshots.iter().zip(&history.presence) {
            let state = match presence {
                Presence::NotCovered => continue,
                Presence::Absent => State::Absent,
                Presence::Damaged { .. } => State::Damaged,
                Presence::Version(index) => State::Version(place[&(source, *index)]),
            };
            sightings.push(Sighting {
                snapshot: snapshot.id.clone(),
                stored: snapshot.stored,
                forged: snapshot.has_warning("forged_time"),
                state,
            });
        }
    }
    (all.into_iter().map(|(_, _, version)| version.clone()).collect(), sightings)
}

/// The source's own warnings, and one line per kind of warning on its snapshots.
fn source_warnings(backend: &dyn Backend, snapshots: &[Snapshot]) -> Vec<String> {
    let mut lines = backend.warnings();
    let mut by_key: BTreeMap<&str, Vec<&Snapshot>> = BTreeMap::new();
    for snapshot in snapshots {
        for warning in &snapshot.warnings {
            by_key.entry(warning).or_default().push(snapshot);
        }
    }
    for (key, named) in by_key {
        if lines.iter().any(|line| line.split(' ').next() == Some(key)) {
            continue;
        }
        let names: Vec<&str> = named.iter().take(8).map(|snapshot| short(&snapshot.id)).collect();
        let name = backend.name();
        lines.push(format!(
            "{key} source={name} snapshots={} of={} ids={}",
            named.len(),
            snapshots.len(),
            names.join(",")
        ));
    }
    lines
}

/// Enough of a snapshot's name for a person to find it: a restic id is cut to the eight digits that restic prints.
fn short(id: &str) -> &str {
    if id.len() == 64 { id.get(..8).unwrap_or(id) } else { id }
}

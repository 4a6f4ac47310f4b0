//! What the evidence could not have shown: blind windows that overlap the incident.

use model::{BlindWindowKind, Coverage, PossibleObject, Timestamp};

/// One entry per blind window of the host that overlaps the incident, or that has no bounds.
pub(crate) fn objects(
    coverage: &Coverage,
    host: Option<&String>,
    first: Timestamp,
    last: Timestamp,
) -> Vec<PossibleObject> {
    let windows = coverage.blind_windows.iter().enumerate();
    windows
        .filter(|(_, window)| window.host.is_none() || window.host.as_ref() == host)
        .filter(|(_, window)| {
            window.kind == BlindWindowKind::NotRecorded
                || (window.from.is_none_or(|from| from <= last) && window.to.is_none_or(|to| to >= first))
        })
        .map(|(blind_window, _)| PossibleObject {
            blind_window,
            below: None,
            settled_by: "compare_hashes_with_backup".to_string(),
        })
        .collect()
}

//! What the tests of recordings share: reading a recording and judging its log.

use std::{
    collections::BTreeSet,
    fs,
    io::Read,
    path::{Path, PathBuf},
};

use correlate::Correlator;
use detect::Detector;
use model::{Coverage, Detection, Event, Incident, Scope, Sha256};
use normalise::{Context, Policy};
use scope::Scoper;

pub fn recordings() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../lab/recordings")
}

pub fn evidence(scenario: &Path) -> Vec<Vec<u8>> {
    let mut files: Vec<PathBuf> =
        fs::read_dir(scenario.join("evidence")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.iter().map(|file| decoded(file)).collect()
}

pub fn decoded(file: &Path) -> Vec<u8> {
    let bytes = fs::read(file).unwrap();
    let mut out = Vec::new();
    match file.extension().and_then(|end| end.to_str()) {
        Some("zst") => zstd::stream::copy_decode(&bytes[..], &mut out).unwrap(),
        Some("gz") => {
            flate2::read::MultiGzDecoder::new(&bytes[..]).read_to_end(&mut out).unwrap();
        }
        _ => out = bytes,
    }
    out
}

pub struct Judged {
    pub detection: Detection,
    pub incidents: Vec<Incident>,
    pub scopes: Vec<Scope>,
    /// What the evidence itself says is missing from it: serials, and events without all their records.
    pub missing: usize,
}

pub const ATTACKS: &[&str] = &[
    "bind-mount-write",
    "bind-mount-light",
    "block-device-chroot",
    "core-pattern",
    "hostpid-nsenter",
    "runtime-socket",
    "release-agent",
    "proc-root",
    "mknod-mount",
    "chroot-bind",
    "inner-mounts",
    "ransom",
    "cover-up",
    "persistence",
];
pub const BENIGN: &[&str] =
    &["quiet", "inside-only", "ci-build", "backup-agent", "node-agent", "package-upgrade", "admin-debug"];

pub fn judge(sources: &[Vec<u8>]) -> Judged {
    let mut drafts = Vec::new();
    let mut missing = 0;
    for bytes in sources {
        let choice = parse::choose(bytes);
        let format = parse::by_name(choice.chosen.as_deref().unwrap()).unwrap();
        let mut decoder = format.decoder(Sha256::of(bytes).into());
        let mut batch = parse::Batch::default();
        decoder.push(bytes, &mut batch);
        decoder.finish(&mut batch);
        missing += batch.serial_gaps.len() + batch.problems.len();
        drafts.append(&mut batch.drafts);
    }
    drafts.sort_by_key(Event::order);
    let mut context = Context::new(Policy::default());
    drafts.iter().for_each(|draft| context.observe(draft));
    let mut labeller = context.into_labeller();
    let events: Vec<Event> = drafts.into_iter().map(|draft| labeller.label(draft)).collect();
    let mut detector = Detector::default();
    events.iter().for_each(|event| detector.push(event));
    let detection = detector.detection();
    let mut correlator = Correlator::new(&detection);
    events.iter().for_each(|event| correlator.push(event));
    let incidents = correlator.incidents();
    let mut scoper = Scoper::new(&incidents);
    events.iter().for_each(|event| scoper.push(event));
    let scopes = scoper.scopes(&Coverage::default());
    Judged { detection, incidents, scopes, missing }
}

/// The host paths of all touched objects; the identity where the path is not known.
pub fn touched(judged: &Judged) -> BTreeSet<String> {
    let objects = judged.scopes.iter().flat_map(|scope| &scope.touched);
    objects
        .map(|object| match &object.object.host_path {
            Some(resolved) => resolved.path.to_text(),
            None => object.object.id.0.clone(),
        })
        .collect()
}

//! Every recorded scenario: the touched set equals what an independent oracle saw change.

#![expect(clippy::unwrap_used, reason = "a test that cannot read its own recording has to stop")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::Read,
    path::{Path, PathBuf},
};

use correlate::Correlator;
use detect::Detector;
use model::{Coverage, Detection, Event, Incident, Scope, Sha256};
use normalise::{Context, Policy};
use scope::Scoper;

fn recordings() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../lab/recordings")
}

fn evidence(scenario: &Path) -> Vec<Vec<u8>> {
    let mut files: Vec<PathBuf> =
        fs::read_dir(scenario.join("evidence")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.iter().map(|file| decoded(file)).collect()
}

fn decoded(file: &Path) -> Vec<u8> {
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

struct Judged {
    detection: Detection,
    incidents: Vec<Incident>,
    scopes: Vec<Scope>,
    events: Vec<Event>,
}

fn judge(sources: &[Vec<u8>]) -> Judged {
    let mut drafts = Vec::new();
    for bytes in sources {
        let choice = parse::choose(bytes);
        let format = parse::by_name(choice.chosen.as_deref().unwrap()).unwrap();
        let mut decoder = format.decoder(Sha256::of(bytes));
        let mut batch = parse::Batch::default();
        decoder.push(bytes, &mut batch);
        decoder.finish(&mut batch);
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
    Judged { detection, incidents, scopes, events }
}

fn truth(scenario: &Path) -> serde_json::Value {
    serde_json::from_slice(&fs::read(scenario.join("truth.json")).unwrap()).unwrap()
}

/// Inode of every path before the attack.
fn inodes_before(scenario: &Path) -> BTreeMap<String, u64> {
    let before: serde_json::Value = serde_json::from_slice(&decoded(&scenario.join("before.json.zst"))).unwrap();
    let entries = before.get("files").unwrap_or(&before).as_object().unwrap();
    entries.iter().filter_map(|(path, entry)| Some((path.clone(), entry["inode"].as_u64()?))).collect()
}

fn scenario(name: &str) {
    let folder = recordings().join(name);
    let judged = judge(&evidence(&folder));
    let truth = truth(&folder);
    let expected: BTreeSet<String> = truth["touched"].as_object().unwrap().keys().cloned().collect();
    let mut found = BTreeSet::new();
    let mut unresolved = Vec::new();
    for object in judged.scopes.iter().flat_map(|scope| &scope.touched) {
        match &object.object.host_path {
            Some(resolved) => {
                found.insert(resolved.path.to_text());
            }
            None => unresolved.push(object.object.id.clone()),
        }
    }
    let incidents: BTreeMap<&str, _> =
        judged.incidents.iter().map(|incident| (incident.id.as_str(), incident.outcome)).collect();
    // The log names a file as the intruder did, through symbolic links and by one of its hard links;
    // only a backup knows the other names. Here the inode stands in for it.
    let inodes = inodes_before(&folder);
    let aliases: BTreeMap<u64, String> = judged
        .scopes
        .iter()
        .flat_map(|scope| &scope.touched)
        .filter_map(|object| Some((object.object.inode?, object.object.host_path.as_ref()?.path.to_text())))
        .collect();
    let alias = |path: &String| inodes.get(path).and_then(|inode| aliases.get(inode));
    let missed: Vec<_> = expected.difference(&found).filter(|path| alias(path).is_none()).collect();
    let named: BTreeSet<&String> = expected.iter().filter_map(alias).collect();
    let extra: Vec<_> = found.difference(&expected).filter(|path| !named.contains(path)).collect();
    let findings: Vec<_> = judged
        .detection
        .findings
        .iter()
        .map(|finding| format!("{} {:?} {:?}", finding.id, finding.crossing, finding.facts))
        .collect();
    assert!(
        missed.is_empty() && extra.is_empty() && unresolved.is_empty(),
        "{name}: missed {missed:#?}\nextra {extra:#?}\nunresolved {unresolved:#?}\nincidents {incidents:#?}\nfindings {findings:#?}\n{} events",
        judged.events.len()
    );
    if expected.is_empty() {
        assert!(judged.incidents.is_empty(), "{name}: {incidents:#?} {findings:#?}");
    }
}

macro_rules! scenarios {
    ($($test:ident = $name:literal;)*) => {
        $(#[test] fn $test() { scenario($name); })*
    };
}

scenarios! {
    bind_mount_write = "bind-mount-write";
    bind_mount_light = "bind-mount-light";
    block_device_chroot = "block-device-chroot";
    core_pattern = "core-pattern";
    hostpid_nsenter = "hostpid-nsenter";
    inside_only = "inside-only";
    quiet = "quiet";
    runtime_socket = "runtime-socket";
}

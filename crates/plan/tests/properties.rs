//! What holds for every plan, whatever scopes and catalogue say.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test reports its failure by panicking")]

mod support;

use std::collections::{BTreeMap, BTreeSet};

use model::*;
use plan::{Options, Resolution};
use proptest::{prelude::*, sample::select};

const PATHS: [&str; 14] = [
    "/a",
    "/a/b",
    "/a/b/c",
    "/a/b/d",
    "/a/e",
    "/f",
    "/f/g",
    "/f/g/h",
    "//f//i/",
    "/proc/sys/x",
    "/x/../y",
    "/",
    "rel",
    "/a/b/c/k",
];

fn answer() -> impl Strategy<Value = Answer> {
    select(vec![Answer::Yes, Answer::Yes, Answer::Yes, Answer::No, Answer::CannotTell { missing: "x".into() }])
}

fn id() -> impl Strategy<Value = (ObjectId, Option<String>, Option<Bytes>)> {
    (select(&PATHS[..]), 0..12_usize).prop_map(|(path, style)| match style {
        0..9 => (ObjectId(format!("web:{path}")), Some("web".into()), Some(path.into())),
        9 => (ObjectId(format!("db:{path}")), Some("db".into()), Some(path.into())),
        10 => (ObjectId(format!(":{path}#other")), None, Some(path.into())),
        _ => (ObjectId(format!("web:?{path}")), Some("web".into()), None),
    })
}

fn touched() -> impl Strategy<Value = TouchedObject> {
    use OperationKind::*;
    let operation = select(vec![Created, Truncated, Overwritten, RenamedAway, RenamedHere, Linked, Deleted, Metadata]);
    let kind = select(vec![
        ObjectKind::File,
        ObjectKind::File,
        ObjectKind::Directory,
        ObjectKind::Directory,
        ObjectKind::Symlink,
        ObjectKind::Fifo,
        ObjectKind::BlockDevice,
        ObjectKind::Module,
    ]);
    let acts = proptest::collection::vec((operation, 0..100_i64), 1..4);
    let rename = proptest::option::weighted(0.2, select(&PATHS[..]).prop_map(|path| ObjectId(format!("web:{path}"))));
    (
        id(),
        kind,
        acts,
        answer(),
        answer(),
        rename.clone(),
        rename,
        0..8_usize,
        proptest::option::weighted(0.3, 1..6_u64),
    )
        .prop_map(
            |((id, host, path), kind, acts, existed_before, exists_after, renamed_to, renamed_from, benign, inode)| {
                let operations: Vec<Operation> = acts
                    .iter()
                    .map(|(kind, second)| Operation {
                        kind: *kind,
                        time: Timestamp(support::FIRST.0 + second * 1_000_000_000),
                        event: EventId::new(Sha256([1; 32]), *second as u64, 0),
                    })
                    .collect();
                let times: Vec<Timestamp> = operations.iter().map(|operation| operation.time).collect();
                TouchedObject {
                    object: ObjectRef {
                        id,
                        host,
                        kind,
                        device: inode.map(|_| Device { major: 8, minor: 1 }),
                        inode,
                        host_path: path.map(|path| model::Resolution { path, confidence: 90, how: String::new() }),
                        recorded_paths: vec![],
                    },
                    operations,
                    existed_before,
                    exists_after,
                    renamed_to,
                    renamed_from,
                    first_act: *times.iter().min().unwrap(),
                    last_act: *times.iter().max().unwrap(),
                    certainty: Certainty::Observed,
                    later_benign: if benign == 7 { vec![EventId::new(Sha256([2; 32]), 7, 0)] } else { vec![] },
                }
            },
        )
}

fn scopes() -> impl Strategy<Value = Vec<Scope>> {
    let list = |most| proptest::collection::vec(touched(), 0..most);
    proptest::collection::vec((list(20), list(3), list(2)), 1..3).prop_map(|scopes| {
        let build = |(number, (touched, transient, settings)): (usize, _)| Scope {
            touched,
            transient,
            settings,
            ..support::empty_scope(&number.to_string())
        };
        scopes.into_iter().enumerate().map(build).collect()
    })
}

fn catalogue() -> impl Strategy<Value = Catalogue> {
    let entry = select(vec![
        EntryKind::File,
        EntryKind::File,
        EntryKind::Directory,
        EntryKind::Directory,
        EntryKind::Symlink { target: "/t".into() },
        EntryKind::Special { what: "fifo".into() },
    ]);
    let versions = proptest::collection::vec((entry, -80..50_i64), 1..4);
    let ids = PATHS.iter().flat_map(|path| {
        [format!("web:{path}"), format!("db:{path}"), format!(":{path}#other")]
            .map(|id| (ObjectId(id), Bytes::from(*path)))
    });
    let ids: Vec<_> = ids.collect();
    proptest::collection::vec((versions, 0..12_usize), ids.len()).prop_map(move |entries| {
        let mut catalogue = Catalogue::default();
        for ((object, path), (versions, clean)) in ids.clone().into_iter().zip(entries) {
            let mut versions: Vec<Version> =
                versions.into_iter().map(|(entry, hours)| support::version(entry, -hours, Some(1))).collect();
            versions.sort_by_key(|version| version.stored.time);
            let clean = match clean {
                0 => continue,
                1 => CleanPoint::Absent { stored: Timestamp(support::FIRST.0 - support::HOUR), snapshot: "s".into() },
                2 => CleanPoint::None { reason: "no_source_covers_path".into() },
                3 => CleanPoint::Version { index: 3, age_ns: 1 },
                _ => CleanPoint::Version { index: 0, age_ns: 1 },
            };
            catalogue.entries.push(CatalogueEntry { object, path, versions, clean });
        }
        catalogue.entries.sort_by(|left, right| left.object.cmp(&right.object));
        catalogue.entries.dedup_by(|left, right| left.object == right.object);
        catalogue
    })
}

fn options() -> impl Strategy<Value = Options> {
    let settled = proptest::collection::btree_map(
        id().prop_map(|(id, ..)| id),
        select(vec![Resolution::TakeClean, Resolution::KeepLive]),
        0..4,
    );
    (settled, 0..200_000_i64, select(vec![None, Some("web".to_string())])).prop_map(|(resolve, seconds, host)| {
        Options { clock_error_ns: seconds * 1_000_000_000, first_hostile_act: None, host, resolve }
    })
}

fn all_objects(scopes: &[Scope]) -> Vec<&TouchedObject> {
    scopes.iter().flat_map(|scope| scope.touched.iter().chain(&scope.transient).chain(&scope.settings)).collect()
}

fn source(action: &StepAction) -> Option<&RestoreSource> {
    match action {
        StepAction::WriteFile { from, .. }
        | StepAction::SetMetadata { from, .. }
        | StepAction::MakeDirectory { from, .. }
        | StepAction::MakeSymlink { from, .. } => Some(from),
        StepAction::Quarantine => None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn every_object_ends_once_and_steps_are_in_order(scopes in scopes(), catalogue in catalogue(), options in options()) {
        let plan = plan::make(&scopes, &catalogue, &options);

        let wanted: BTreeSet<&ObjectId> = all_objects(&scopes).iter().map(|object| &object.object.id).collect();
        let mut ended: Vec<&ObjectId> = plan.steps.iter().map(|step| &step.object).collect();
        ended.extend(plan.not_restored.iter().map(|entry| &entry.object));
        prop_assert_eq!(ended.len(), wanted.len());
        prop_assert_eq!(ended.into_iter().collect::<BTreeSet<_>>(), wanted);

        prop_assert_eq!(plan.id, plan.computed_id());
        prop_assert!(plan.steps.iter().map(|step| step.id).eq(1..=plan.steps.len() as u32));
        let paths: BTreeSet<&Bytes> = plan.steps.iter().map(|step| &step.path).collect();
        prop_assert_eq!(paths.len(), plan.steps.len(), "two steps on one path");

        for step in &plan.steps {
            prop_assert!(step.path.0.starts_with(b"/") && !step.path.is_within(b"/proc"));
            prop_assert!(!step.path.0.split(|&byte| byte == b'/').any(|component| component == b".."));
            for other in plan.steps.iter().filter(|other| other.path != step.path && other.path.is_within(&step.path.0)) {
                // `other` lies below `step`.
                match (&step.action, &other.action) {
                    (StepAction::MakeDirectory { .. }, _) => prop_assert!(step.id < other.id),
                    (StepAction::Quarantine, StepAction::Quarantine) => prop_assert!(other.id < step.id),
                    (StepAction::Quarantine, _) => prop_assert!(false, "moves a restored object aside"),
                    (StepAction::WriteFile { .. } | StepAction::MakeSymlink { .. }, _) => {
                        prop_assert!(false, "something is done below a file")
                    }
                    (StepAction::SetMetadata { metadata, .. }, _) if metadata.entry == EntryKind::Directory => {
                        prop_assert!(other.id < step.id)
                    }
                    (StepAction::SetMetadata { .. }, _) => {}
                }
            }
        }
    }

    #[test]
    fn no_step_uses_what_was_stored_too_late_or_loses_a_later_change(
        scopes in scopes(), catalogue in catalogue(), options in options(),
    ) {
        let plan = plan::make(&scopes, &catalogue, &options);
        let limit = plan.first_hostile_act.0 - plan.clock_error_ns;
        let objects = all_objects(&scopes);
        for step in &plan.steps {
            if let Some(from) = source(&step.action) {
                let entry = catalogue.entries.iter().find(|entry| entry.object == step.object).unwrap();
                let CleanPoint::Version { index, .. } = entry.clean else { panic!("a step without a clean version") };
                prop_assert!(entry.versions[index].stored.time.0 <= limit);
                prop_assert_eq!(&entry.versions[index].first_snapshot, &from.snapshot);
                prop_assert_eq!(step.candidates.iter().filter(|candidate| candidate.reason == "chosen").count(), 1);
                prop_assert!(plan::data_loss_window(step, &catalogue).is_some());
            }
            let benign = objects.iter().any(|object| object.object.id == step.object && !object.later_benign.is_empty());
            prop_assert!(!benign || options.resolve.get(&step.object) == Some(&Resolution::TakeClean));
            prop_assert!(options.resolve.get(&step.object) != Some(&Resolution::KeepLive));
            prop_assert!(!step.events.is_empty());
        }
    }

    #[test]
    fn the_order_of_the_input_does_not_matter(scopes in scopes(), catalogue in catalogue(), options in options()) {
        let plan = plan::make(&scopes, &catalogue, &options);
        let mut turned = scopes;
        turned.reverse();
        // Objects that several scopes name may join in another order: only those with distinct times are turned.
        let mut first: BTreeMap<(ObjectId, Timestamp), usize> = BTreeMap::new();
        for object in all_objects(&turned) {
            *first.entry((object.object.id.clone(), object.first_act)).or_default() += 1;
        }
        prop_assume!(first.values().all(|count| *count == 1));
        for scope in &mut turned {
            scope.touched.reverse();
        }
        let mut catalogue = catalogue;
        catalogue.entries.reverse();
        prop_assert_eq!(plan::make(&turned, &catalogue, &options), plan);
    }
}

//! What a backup adds to a scope: links, further names, contents of moved directories.

#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::collections::BTreeMap;

use model::{
    Answer, Bytes, Certainty, Device, EntryKind, Event, EventId, Object, ObjectId, ObjectKind, ObjectRef, Operation,
    OperationKind, Outcome, Resolution, Role, Scope, Sha256, Timestamp, TouchedObject,
};
use scope::refine::{Contents, Known, Placed, Refiner, Tree};

use OperationKind::{Created, Deleted, Metadata, Overwritten, RenamedAway, RenamedHere, Truncated};

const DEVICE: Device = Device { major: 8, minor: 1 };

fn event_id(offset: u64) -> EventId {
    EventId::new(Sha256::of(b"log"), offset, 0)
}

fn id(path: &str) -> ObjectId {
    ObjectId(format!("web:{path}"))
}

/// An object at `path` with one operation per (kind, time); the event's offset is the time.
fn object(path: &str, inode: u64, operations: &[(OperationKind, i64)]) -> TouchedObject {
    let operations: Vec<Operation> = operations
        .iter()
        .map(|&(kind, time)| Operation { kind, time: Timestamp(time), event: event_id(time as u64) })
        .collect();
    let gone = matches!(operations.last().unwrap().kind, Deleted | RenamedAway);
    let made = matches!(operations[0].kind, Created | RenamedHere);
    TouchedObject {
        object: ObjectRef {
            id: id(path),
            host: Some("web".to_string()),
            kind: ObjectKind::File,
            device: Some(DEVICE),
            inode: Some(inode),
            host_path: Some(Resolution { path: Bytes::from(path), confidence: 97, how: "bind mount".to_string() }),
            recorded_paths: vec![Bytes::from(format!("/host{path}").as_str())],
        },
        existed_before: if made { Answer::No } else { Answer::Yes },
        exists_after: if gone { Answer::No } else { Answer::Yes },
        renamed_to: None,
        renamed_from: None,
        first_act: operations[0].time,
        last_act: operations.last().unwrap().time,
        certainty: Certainty::Observed,
        later_benign: Vec::new(),
        operations,
    }
}

fn scope(touched: Vec<TouchedObject>) -> Vec<Scope> {
    vec![Scope {
        incident: "incident-1".to_string(),
        touched,
        transient: Vec::new(),
        settings: Vec::new(),
        derived: Vec::new(),
        exposed: Vec::new(),
        possible: Vec::new(),
    }]
}

fn known(entry: EntryKind, inode: u64, links: u64) -> Option<Known> {
    let stored = Timestamp(50);
    Some(Known { snapshot: "s1".to_string(), stored, entry, inode: Some(inode), links: Some(links) })
}

fn link(target: &str, inode: u64) -> Option<Known> {
    known(EntryKind::Symlink { target: Bytes::from(target) }, inode, 1)
}

fn tree(entries: Vec<(&str, Option<Known>)>) -> Tree {
    entries.into_iter().map(|(path, known)| (Bytes::from(path), known)).collect()
}

/// Follows links with every path that is not in `entries` known to be no link.
fn followed(touched: Vec<TouchedObject>, entries: Vec<(&str, Option<Known>)>) -> Scope {
    let mut refiner = Refiner::new(scope(touched));
    let mut tree = tree(entries);
    loop {
        let unknown = refiner.unknown_paths(&tree);
        if unknown.is_empty() {
            break;
        }
        tree.extend(unknown.into_iter().map(|path| (path, None)));
    }
    refiner.follow_links(&tree);
    refiner.scopes().0.remove(0)
}

/// `PATH: kind@time kind@time`, one line per touched object.
fn shown(objects: &[TouchedObject]) -> Vec<String> {
    objects
        .iter()
        .map(|object| {
            let operations: Vec<String> =
                object.operations.iter().map(|it| format!("{:?}@{}", it.kind, it.time.0)).collect();
            let path = object.object.host_path.as_ref().map_or(object.object.id.0.clone(), |it| it.path.to_text());
            format!("{path}: {}", operations.join(" "))
        })
        .collect()
}

#[test]
fn a_path_through_a_link_is_joined_with_the_object_at_the_canonical_path_in_time_order() {
    let touched = vec![
        object("/srv/data/current/v.txt", 7, &[(Truncated, 100), (Overwritten, 300)]),
        object("/srv/data/releases/2/v.txt", 7, &[(Metadata, 200)]),
    ];
    let scope = followed(touched, vec![("/srv/data/current", link("releases/2", 3))]);
    assert_eq!(shown(&scope.touched), ["/srv/data/releases/2/v.txt: Truncated@100 Metadata@200 Overwritten@300"]);
    let one = &scope.touched[0];
    assert_eq!(one.object.id, id("/srv/data/releases/2/v.txt"));
    assert_eq!((one.first_act, one.last_act), (Timestamp(100), Timestamp(300)));
    assert!(one.object.recorded_paths.contains(&Bytes::from("/host/srv/data/current/v.txt")));
}

#[test]
fn the_statement_says_through_which_link_and_how_sure_that_is() {
    let through = |backed_up_inode| {
        let entries = vec![
            ("/srv/current", link("releases/2", 3)),
            ("/srv/releases/2/v.txt", known(EntryKind::File, backed_up_inode, 1)),
        ];
        let scope = followed(vec![object("/srv/current/v.txt", 7, &[(Overwritten, 100)])], entries);
        scope.touched[0].object.host_path.clone().unwrap()
    };
    let same = through(7);
    assert_eq!(same.path, Bytes::from("/srv/releases/2/v.txt"));
    assert_eq!(same.confidence, 90);
    assert!(same.how.contains("through the symbolic link /srv/current → releases/2 of snapshot s1"), "{}", same.how);
    assert_eq!(through(8).confidence, 70, "another inode than the one that was changed");
}

#[test]
fn links_are_followed_up_and_through_other_links_but_never_round_in_circles() {
    let at = |touched, entries| shown(&followed(vec![touched], entries).touched);
    let up = vec![("/srv/a/b", link("../x/./y", 3)), ("/srv/x/y", link("z", 4))];
    assert_eq!(at(object("/srv/a/b/f", 7, &[(Overwritten, 1)]), up), ["/srv/x/z/f: Overwritten@1"]);
    let above_root = vec![("/a", link("../../../etc", 3))];
    assert_eq!(at(object("/a/f", 7, &[(Overwritten, 1)]), above_root), ["/etc/f: Overwritten@1"]);
    let circle = vec![("/a", link("b", 3)), ("/b", link("a", 4))];
    assert_eq!(at(object("/a/f", 7, &[(Overwritten, 1)]), circle), ["/a/f: Overwritten@1"]);
}

#[test]
fn an_absolute_link_is_followed_only_for_who_saw_the_host_root() {
    let entries = || vec![("/srv/current", link("/opt/app", 3))];
    let mut seen_by_host = object("/srv/current/f", 7, &[(Overwritten, 1)]);
    let in_container = seen_by_host.clone();
    seen_by_host.object.recorded_paths = vec![Bytes::from("/srv/current/f")];
    assert_eq!(shown(&followed(vec![seen_by_host], entries()).touched), ["/opt/app/f: Overwritten@1"]);
    assert_eq!(shown(&followed(vec![in_container], entries()).touched), ["/srv/current/f: Overwritten@1"]);
}

#[test]
fn the_last_component_is_followed_by_writing_and_not_by_renaming_or_deleting() {
    let entries = || vec![("/srv/now.txt", link("v2.txt", 3))];
    let at = |touched| shown(&followed(vec![touched], entries()).touched);
    assert_eq!(at(object("/srv/now.txt", 7, &[(Truncated, 1)])), ["/srv/v2.txt: Truncated@1"]);
    assert_eq!(at(object("/srv/now.txt", 3, &[(Metadata, 1)])), ["/srv/now.txt: Metadata@1"], "the link's own inode");
    assert_eq!(at(object("/srv/now.txt", 7, &[(Deleted, 1)])), ["/srv/now.txt: Deleted@1"]);
    let mut on_link = object("/srv/now.txt", 7, &[(Metadata, 1)]);
    on_link.object.kind = ObjectKind::Symlink;
    assert_eq!(at(on_link), ["/srv/now.txt: Metadata@1"]);
}

#[test]
fn a_link_that_the_attacker_replaced_before_is_not_followed() {
    let entries = || vec![("/srv/current", link("releases/2", 3))];
    let touched = |replaced_at| {
        vec![
            object("/srv/current", 3, &[(Deleted, replaced_at), (Created, replaced_at)]),
            object("/srv/current/f", 7, &[(Overwritten, 100)]),
        ]
    };
    assert!(shown(&followed(touched(50), entries()).touched).contains(&"/srv/current/f: Overwritten@100".to_string()));
    assert!(
        shown(&followed(touched(150), entries()).touched).contains(&"/srv/releases/2/f: Overwritten@100".to_string())
    );
}

#[test]
fn references_move_with_their_object() {
    let mut from = object("/a/old", 7, &[(RenamedAway, 1)]);
    let mut to = object("/a/new", 7, &[(RenamedHere, 1)]);
    from.renamed_to = Some(to.object.id.clone());
    to.renamed_from = Some(from.object.id.clone());
    let scope = followed(vec![from, to], vec![("/a", link("b", 3))]);
    assert_eq!(scope.touched[0].renamed_from, Some(id("/b/old")));
    assert_eq!(scope.touched[1].renamed_to, Some(id("/b/new")));
}

#[test]
fn an_inode_without_a_path_is_placed_where_the_backup_has_it_unless_there_are_two() {
    let placed = |paths: &[&str]| {
        let mut unplaced = object("/x", 7, &[(Metadata, 1)]);
        unplaced.object.host_path = None;
        unplaced.object.id = ObjectId("web:dev=08:01,ino=7".to_string());
        let mut refiner = Refiner::new(scope(vec![unplaced]));
        assert_eq!(refiner.unplaced_inodes().into_iter().collect::<Vec<_>>(), [(DEVICE, 7)]);
        let paths = paths.iter().map(|path| Bytes::from(*path)).collect();
        let placed = Placed { snapshot: "s1".to_string(), stored: Timestamp(50), paths };
        refiner.place_inodes(&BTreeMap::from([((DEVICE, 7), placed)]));
        refiner.scopes().0.remove(0).touched.remove(0).object
    };
    let one = placed(&["/srv/f"]);
    assert_eq!(one.id, id("/srv/f"));
    assert_eq!(one.host_path.unwrap().confidence, 60);
    assert_eq!(placed(&["/srv/f", "/srv/g"]).host_path, None);
}

fn with_names(touched: Vec<TouchedObject>, events: &[Event]) -> Scope {
    let mut refiner = Refiner::new(scope(touched));
    let tree = tree(vec![("/srv/a", known(EntryKind::File, 7, 2)), ("/srv/c", known(EntryKind::File, 9, 1))]);
    let files = refiner.files_with_names(&tree);
    let paths = vec![Bytes::from("/srv/a"), Bytes::from("/srv/b")];
    let placed = Placed { snapshot: "s1".to_string(), stored: Timestamp(50), paths };
    refiner.other_names(&files, &BTreeMap::from([((DEVICE, 7), placed)]));
    if refiner.needs_events() {
        events.iter().for_each(|event| refiner.push(event, &[]));
    }
    refiner.scopes().0.remove(0)
}

#[test]
fn writing_in_place_touches_the_other_names_too_and_replacing_does_not() {
    let scope = with_names(vec![object("/srv/a", 7, &[(Truncated, 100), (Overwritten, 101)])], &[]);
    assert_eq!(
        shown(&scope.touched),
        ["/srv/a: Truncated@100 Overwritten@101", "/srv/b: Truncated@100 Overwritten@101"]
    );
    assert_eq!(scope.touched[1].certainty, Certainty::Inferred);
    assert!(scope.touched[1].object.host_path.as_ref().unwrap().how.contains("hard link of /srv/a in snapshot s1"));
    for other in [
        object("/srv/a", 7, &[(Deleted, 100)]),
        object("/srv/a", 7, &[(RenamedAway, 100)]),
        object("/srv/a", 8, &[(Overwritten, 100)]),
        object("/srv/a", 7, &[(RenamedHere, 100), (Overwritten, 101)]),
        object("/srv/c", 9, &[(Overwritten, 100)]),
    ] {
        assert_eq!(with_names(vec![other], &[]).touched.len(), 1);
    }
}

/// An act of somebody who is no subject.
fn benign(action: model::Action, path: &str, time: i64) -> Event {
    let mut event = Event::draft(event_id(time as u64), Timestamp(time), "auditd", action);
    event.host = Some("web".to_string());
    event.outcome = Outcome::Succeeded;
    let mut object = Object::new(Role::Target, ObjectKind::File);
    object.resolved = Some(Resolution { path: Bytes::from(path), confidence: 100, how: String::new() });
    event.objects.push(object);
    event
}

#[test]
fn a_name_that_was_replaced_before_the_incident_is_no_other_name_any_more() {
    let touched = || vec![object("/srv/a", 7, &[(Overwritten, 100)])];
    let deleted = |time| benign(model::Action::FileDelete, "/srv/b", time);
    assert_eq!(with_names(touched(), &[deleted(80)]).touched.len(), 1);
    assert_eq!(with_names(touched(), &[deleted(40)]).touched.len(), 2, "before the snapshot, which shows it there");
}

#[test]
fn later_legitimate_changes_of_what_is_newly_named_are_seen() {
    let touched = vec![object("/srv/a", 7, &[(Overwritten, 100)])];
    let scope = with_names(touched, &[benign(model::Action::FileWrite, "/srv/b", 150)]);
    assert_eq!(scope.touched[1].later_benign, [event_id(150)]);
    assert!(scope.touched[0].later_benign.is_empty());
}

fn with_contents(touched: Vec<TouchedObject>, events: &[Event]) -> Scope {
    let mut refiner = Refiner::new(scope(touched));
    let tree = tree(vec![("/srv/d", known(EntryKind::Directory, 20, 2))]);
    assert_eq!(refiner.gone_directories(&tree).into_iter().collect::<Vec<_>>(), [Bytes::from("/srv/d")]);
    let entry = |path: &str, kind, inode| (Bytes::from(path), kind, Some(inode));
    let entries = vec![
        entry("/srv/d/f", ObjectKind::File, 21),
        entry("/srv/d/sub", ObjectKind::Directory, 22),
        entry("/srv/d/sub/g", ObjectKind::File, 23),
    ];
    let contents = Contents { snapshot: "s1".to_string(), stored: Timestamp(50), entries };
    refiner.take_contents(&BTreeMap::from([(Bytes::from("/srv/d"), contents)]));
    events.iter().for_each(|event| refiner.push(event, &[]));
    refiner.scopes().0.remove(0)
}

fn moved_directory() -> Vec<TouchedObject> {
    let mut from = object("/srv/d", 20, &[(RenamedAway, 100)]);
    let mut to = object("/tmp/e", 20, &[(RenamedHere, 100)]);
    from.renamed_to = Some(id("/tmp/e"));
    to.renamed_from = Some(id("/srv/d"));
    vec![from, to]
}

#[test]
fn a_moved_directory_takes_what_lay_in_it_along() {
    let scope = with_contents(moved_directory(), &[]);
    assert_eq!(
        shown(&scope.touched),
        [
            "/srv/d: RenamedAway@100",
            "/srv/d/f: RenamedAway@100",
            "/srv/d/sub: RenamedAway@100",
            "/srv/d/sub/g: RenamedAway@100",
            "/tmp/e: RenamedHere@100",
            "/tmp/e/f: RenamedHere@100",
            "/tmp/e/sub: RenamedHere@100",
            "/tmp/e/sub/g: RenamedHere@100",
        ]
    );
    let (old, new) = (&scope.touched[1], &scope.touched[5]);
    assert_eq!((&old.existed_before, &old.exists_after), (&Answer::Yes, &Answer::No));
    assert_eq!((&new.existed_before, &new.exists_after), (&Answer::No, &Answer::Yes));
    assert_eq!((old.renamed_to.clone(), new.renamed_from.clone()), (Some(id("/tmp/e/f")), Some(id("/srv/d/f"))));
    assert_eq!(old.certainty, Certainty::Inferred);
}

#[test]
fn what_the_attacker_did_inside_before_and_after_the_move_is_kept_apart() {
    let mut touched = moved_directory();
    touched.push(object("/srv/d/f", 21, &[(Deleted, 90)]));
    touched.push(object("/srv/d/new", 24, &[(Created, 95)]));
    touched.push(object("/tmp/e/sub/g", 23, &[(Overwritten, 120)]));
    let scope = with_contents(touched, &[]);
    let lines = shown(&scope.touched);
    assert!(lines.contains(&"/srv/d/f: Deleted@90".to_string()), "{lines:?}");
    assert!(!lines.iter().any(|line| line.starts_with("/tmp/e/f")), "{lines:?}");
    assert!(lines.contains(&"/tmp/e/new: RenamedHere@100".to_string()), "{lines:?}");
    assert!(lines.contains(&"/tmp/e/sub/g: RenamedHere@100 Overwritten@120".to_string()), "{lines:?}");
    assert_eq!(shown(&scope.transient), ["/srv/d/new: Created@95 RenamedAway@100"]);
    let written = scope.touched.iter().find(|it| it.object.id == id("/tmp/e/sub/g")).unwrap();
    assert_eq!(written.existed_before, Answer::No);
}

#[test]
fn what_others_had_removed_before_did_not_go_with_the_directory() {
    let scope = with_contents(moved_directory(), &[benign(model::Action::FileDelete, "/srv/d/f", 70)]);
    let lines = shown(&scope.touched);
    assert!(!lines.iter().any(|line| line.starts_with("/srv/d/f") || line.starts_with("/tmp/e/f")), "{lines:?}");
}

#[test]
fn nothing_to_learn_changes_nothing() {
    let before = scope(vec![object("/srv/a", 7, &[(Overwritten, 1)])]);
    let mut refiner = Refiner::new(before.clone());
    refiner.follow_links(&Tree::new());
    refiner.other_names(&BTreeMap::new(), &BTreeMap::new());
    refiner.take_contents(&BTreeMap::new());
    assert!(!refiner.needs_events());
    assert_eq!(refiner.scopes(), (before, false));
}

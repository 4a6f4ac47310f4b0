//! Real logs of container runtimes, shells and containers (`lab/recordings/formats`), against what is known of them
//! from elsewhere: `docker events`, `truth.json`.

use model::{Action, Outcome, Sha256};
use parse::Batch;

/// Reads a recording after its format was recognised.
fn read(format: &str, path: &str) -> Batch {
    let path = format!("../../lab/recordings/formats/{path}");
    let bytes = std::fs::read(&path).expect("the recording is there");
    let log =
        if path.ends_with(".zst") { zstd::decode_all(bytes.as_slice()).expect("a whole recording") } else { bytes };
    assert_eq!(parse::choose(&log).chosen.as_deref(), Some(format), "{path}");
    let mut decoder = parse::by_name(format).expect("the format exists").decoder(Sha256([7; 32]).into());
    let mut batch = Batch::default();
    decoder.push(&log, &mut batch);
    decoder.finish(&mut batch);
    assert_eq!((batch.record_bytes, batch.problem_bytes), (log.len() as u64, 0), "{path}: {:?}", batch.problems);
    batch
}

fn count(batch: &Batch, action: Action, outcome: Outcome) -> usize {
    batch.drafts.iter().filter(|draft| draft.action == action && draft.outcome == outcome).count()
}

#[test]
fn daemons_and_docker_events_agree() {
    // `docker events`: 15 starts, 4 programs prepared of which 3 ran, 18 containers of which 6 are the builder's.
    for daemon in ["dockerd", "containerd"] {
        let batch = read("runtime_log", &format!("docker/{daemon}.log.zst"));
        assert_eq!(count(&batch, Action::ContainerStart, Outcome::Succeeded), 15, "{daemon}");
        assert_eq!(count(&batch, Action::ContainerExec, Outcome::Succeeded), 3, "{daemon}");
    }
    let batch = read("runtime_log", "docker/dockerd.log.zst");
    let asked: Vec<_> = batch
        .drafts
        .iter()
        .filter(|draft| draft.action == Action::ContainerCreate && draft.fact("api.path").is_some())
        .collect();
    assert_eq!(asked.len(), 12);
    assert!(
        asked.iter().all(|draft| draft.addresses.len() == 2 && draft.fact("container.image").is_some()),
        "each with its body"
    );
    let mounts = asked.iter().filter_map(|draft| draft.fact("container.mounts"));
    assert!(mounts.clone().any(|mounts| mounts.contains("/run/docker.sock:/var/run/docker.sock::true:rprivate")));
}

#[test]
fn docker_events_say_what_the_daemon_did() {
    let batch = read("docker_events", "docker/events.jsonl.zst");
    assert_eq!(batch.drafts.len(), 151);
    assert_eq!(count(&batch, Action::ContainerCreate, Outcome::Succeeded), 18);
    assert_eq!(count(&batch, Action::ContainerStart, Outcome::Succeeded), 15);
    assert_eq!(count(&batch, Action::ContainerExec, Outcome::Unknown), 8, "prepared and tried");
    assert_eq!(count(&batch, Action::ContainerDelete, Outcome::Succeeded), 8);
    let ended = |draft: &&model::Event| draft.fact("act") == Some("exec_die") && draft.fact("exit_status").is_some();
    assert_eq!(batch.drafts.iter().filter(ended).count(), 3, "three of four ran");
    let ids: std::collections::BTreeSet<_> = batch.drafts.iter().map(|draft| &draft.occurrence).collect();
    assert_eq!(ids.len(), 151);
}

#[test]
fn kubernetes_requests_name_their_pods() {
    let batch = read("runtime_log", "kubernetes/containerd.log.zst");
    let made: Vec<_> = batch
        .drafts
        .iter()
        .filter(|draft| draft.action == Action::ContainerCreate && !draft.objects.is_empty())
        .collect();
    let mut names: Vec<_> = made.iter().filter_map(|draft| draft.fact("container.name")).collect();
    names.sort_unstable();
    assert_eq!(names, ["agent", "shell", "sidecar", "web"]);
    assert!(batch.drafts.iter().any(|draft| draft.action == Action::ContainerExec && !draft.actor.argv.is_empty()));
}

#[test]
fn pieces_of_real_containers_are_joined() {
    // 11 lines, 4 of them without a line end: three pieces, two pieces, and the last words of a program.
    let batch = read("docker_json_log", "docker/container-logs/long-lines-json.log.zst");
    let lines: Vec<usize> = batch.drafts.iter().map(|draft| draft.addresses.len()).collect();
    assert_eq!((lines.iter().sum::<usize>(), lines.len()), (11, 8));
    assert_eq!(batch.drafts.iter().filter(|draft| draft.addresses.len() > 1).count(), 2);
    let path = "kubernetes/pod-logs/shop_shop-7d4b9c6f5d-x2x9k_3f1c2b5e-9a51-4c56-8d3c-0a1b2c3d4e01/web/0.log.zst";
    let batch = read("cri_log", path);
    assert_eq!((batch.records, batch.drafts.len()), (7, 5));
    for part in ["", ".1", ".2"] {
        read("docker_json_log", &format!("docker/container-logs/chatty-json.log{part}.zst"));
    }
}

#[test]
fn histories_have_as_many_commands_as_were_typed() {
    for (name, commands, with_time) in [
        ("bash-with-times", 15, 15),
        ("bash-without-times", 15, 0),
        ("bash-times-later", 20, 5),
        ("bash-lithist", 15, 15),
        ("zsh-extended", 15, 15),
        ("zsh-plain", 15, 0),
        ("fish", 13, 13),
    ] {
        let batch = read("shell_history", &format!("shells/{name}"));
        let timed = batch.drafts.iter().filter(|draft| draft.time_basis.is_utc()).count();
        assert_eq!((batch.drafts.len(), timed), (commands, with_time), "{name}");
    }
}

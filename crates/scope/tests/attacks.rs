//! Logs of few rules (file watches, mounts and namespaces; no program starts), made up line by line:
//! what a hostile container wrote is listed at its host path, and what the host's own people wrote is not.

#![expect(clippy::unwrap_used, reason = "a test that cannot read its own log has to stop")]

#[allow(dead_code, reason = "the other tests read recordings with it")]
mod common;

use common::{Judged, judge, touched};

const SHIM: u32 = 700;
const DATA: &str = "07:00";
const OVERLAY: &str = "00:40";

/// A log as it is written, one event per second.
struct Log {
    serial: u32,
    text: String,
}

/// Who acts.
#[derive(Clone, Copy)]
struct Who<'a> {
    pid: u32,
    ppid: u32,
    comm: &'a str,
    exe: &'a str,
    session: u32,
}

const fn who<'a>(pid: u32, ppid: u32, comm: &'a str, exe: &'a str) -> Who<'a> {
    Who { pid, ppid, comm, exe, session: u32::MAX }
}

impl Log {
    fn new() -> Self {
        Self { serial: 100, text: String::new() }
    }

    /// One event: a system call and PATH items `(name, inode, device, mode, nametype)`.
    fn event(&mut self, who: Who<'_>, syscall: u32, cwd: &str, paths: &[(&str, u64, &str, &str, &str)]) {
        let Who { pid, ppid, comm, exe, session } = who;
        self.serial += 1;
        let id = format!("msg=audit(17954694{:02}.100:{}):", self.serial % 100, self.serial);
        // For openat: O_WRONLY|O_CREAT|O_TRUNC; for mount: MS_BIND|MS_REC, or nothing for a device.
        let device = paths.iter().any(|(_, _, _, mode, _)| mode.starts_with("06"));
        let (a2, a3, key) = match (syscall, device) {
            (257, _) => ("241", "1b6", "hostdata"),
            (_, true) => ("0", "0", "nsops"),
            _ => ("0", "5000", "nsops"),
        };
        self.text += &format!(
            "type=SYSCALL {id} arch=c000003e syscall={syscall} success=yes exit=3 a0=ffffff9c a1=7ffc a2={a2} a3={a3} items={} ppid={ppid} pid={pid} auid={session} uid=0 gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=(none) ses={session} comm=\"{comm}\" exe=\"{exe}\" subj=unconfined key=\"{key}\"\n",
            paths.len()
        );
        self.text += &format!("type=CWD {id} cwd=\"{cwd}\"\n");
        for (item, (name, inode, device, mode, nametype)) in paths.iter().enumerate() {
            let rdev = if mode.starts_with("06") { DATA } else { "00:00" };
            self.text += &format!(
                "type=PATH {id} item={item} name=\"{name}\" inode={inode} dev={device} mode={mode} ouid=0 ogid=0 rdev={rdev} nametype={nametype}\n"
            );
        }
    }

    /// Opens `directory/file` for writing.
    fn write(&mut self, who: Who<'_>, directory: (&str, u64), file: (&str, u64)) {
        let name = format!("{}{}", directory.0, file.0);
        let parent = (directory.0, directory.1, DATA, "040755", "PARENT");
        self.event(who, 257, "/", &[parent, (&name, file.1, DATA, "0100644", "NORMAL")]);
    }

    /// Records of a container's start by a shim: overlay, bind mounts `(source, inode, device)`, pivot_root.
    fn container(&mut self, shim: u32, runc: u32, init: u32, id: &str, binds: &[(&str, u64, &str)]) {
        let root = format!("/run/containerd/io.containerd.runtime.v2.task/moby/{id}/rootfs");
        let shim = who(shim, 1, "containerd-shim", "/usr/bin/containerd-shim-runc-v2");
        self.event(shim, 165, "/", &[(&root, 9_000 + u64::from(init), "fe:00", "040755", "NORMAL")]);
        let stage = who(init, runc, "runc:[2:INIT]", "/");
        for (source, inode, device) in binds {
            let target = ("/proc/self/fd/7", 8_000, OVERLAY, "040755", "NORMAL");
            self.event(stage, 165, &root, &[target, (source, *inode, device, "040755", "NORMAL")]);
        }
        let here = (".", 5, OVERLAY, "040755", "NORMAL");
        self.event(stage, 155, "/", &[here, here]);
    }

    fn judge(&self) -> Judged {
        judge(&[self.text.clone().into_bytes()])
    }
}

fn paths(judged: &Judged) -> Vec<String> {
    touched(judged).into_iter().collect()
}

const ADMIN: Who<'static> = Who { pid: 40, ppid: 30, comm: "vim", exe: "/usr/bin/vim", session: 3 };

#[test]
fn a_program_started_by_exec_under_a_known_shim_is_the_containers() {
    let mut log = Log::new();
    log.write(ADMIN, ("/srv/data/", 2), ("app.conf", 12));
    log.container(SHIM, 710, 720, "web", &[("/srv/data", 2, DATA)]);
    log.write(who(720, SHIM, "nginx", "/usr/sbin/nginx"), ("/data/", 2), ("seen.log", 13));
    // `docker exec`: neither runc nor its arguments are recorded; the new program's parent is the shim.
    log.write(who(800, SHIM, "sh", "/bin/dash"), ("/data/", 2), ("ledger.csv", 14));
    log.write(who(801, 800, "tee", "/usr/bin/tee"), ("/data/", 2), ("ids.csv", 15));
    assert_eq!(paths(&log.judge()), ["/srv/data/ids.csv", "/srv/data/ledger.csv", "/srv/data/seen.log"]);
}

#[test]
fn a_later_host_process_with_a_containers_pid_is_not_hostile() {
    for reused in [
        // An administrator's shell, which itself is not recorded; even with the same task name.
        Who { pid: 730, ppid: 31, comm: "sed", exe: "/usr/bin/sed", session: 3 },
        Who { pid: 730, ppid: 31, comm: "vim", exe: "/usr/bin/vim", session: 3 },
        // A service of pid 1.
        who(730, 1, "logrotate", "/usr/sbin/logrotate"),
    ] {
        let mut log = Log::new();
        log.write(ADMIN, ("/srv/data/", 2), ("app.conf", 12));
        log.container(SHIM, 710, 720, "web", &[("/srv/data", 2, DATA)]);
        log.write(who(720, SHIM, "sh", "/bin/dash"), ("/data/", 2), ("ledger.csv", 14));
        log.write(who(730, 720, "sed", "/bin/busybox"), ("/data/", 2), ("app.conf", 12));
        log.write(reused, ("/srv/data/", 2), ("notes.txt", 16));
        log.write(reused, ("/srv/data/", 2), ("app.conf", 12));
        let judged = log.judge();
        assert_eq!(paths(&judged), ["/srv/data/app.conf", "/srv/data/ledger.csv"], "{}", reused.comm);
        let objects = &judged.scopes[0].touched;
        let later = objects.iter().find(|object| object.object.inode == Some(12)).unwrap();
        assert_eq!(later.later_benign.len(), 1, "{}", reused.comm);
    }
}

#[test]
fn a_process_that_lost_its_parent_stays_hostile() {
    // Its parent ended; the container's first process, the shim, or pid 1 took over.
    for reaper in [720, SHIM, 1] {
        let mut log = Log::new();
        log.write(ADMIN, ("/srv/data/", 2), ("app.conf", 12));
        log.container(SHIM, 710, 720, "web", &[("/srv/data", 2, DATA)]);
        log.write(who(720, SHIM, "sh", "/bin/dash"), ("/data/", 2), ("a", 14));
        log.write(who(730, 720, "sh", "/bin/dash"), ("/data/", 2), ("b", 15));
        log.write(who(740, 730, "worm", "/tmp/worm"), ("/data/", 2), ("c", 16));
        log.write(who(740, reaper, "worm", "/tmp/worm"), ("/data/", 2), ("d", 17));
        let expected = ["/srv/data/a", "/srv/data/b", "/srv/data/c", "/srv/data/d"];
        assert_eq!(paths(&log.judge()), expected, "{reaper}");
    }
}

#[test]
fn two_binds_of_one_device_do_not_take_each_others_mount_point() {
    let mut log = Log::new();
    log.write(ADMIN, ("/srv/data/in/", 20), ("x", 21));
    log.container(SHIM, 710, 720, "web", &[("/srv/data/in", 20, DATA), ("/srv/data/out", 30, DATA)]);
    let sh = who(720, SHIM, "sh", "/bin/dash");
    log.write(sh, ("/a/", 20), ("one", 22));
    log.write(sh, ("/a/deep/", 25), ("two", 26));
    log.write(sh, ("/b/sub/", 31), ("three", 32));
    let found = paths(&log.judge());
    assert!(found.contains(&"/srv/data/in/one".to_string()), "{found:?}");
    assert!(found.contains(&"/srv/data/in/deep/two".to_string()), "{found:?}");
    assert!(found.contains(&"/srv/data/out/sub/three".to_string()), "{found:?}");
}

#[test]
fn the_hosts_root_in_a_second_container_shows_the_data_below_it() {
    let mut log = Log::new();
    log.write(ADMIN, ("/srv/data/", 2), ("app.conf", 12));
    log.container(SHIM, 710, 720, "second", &[("/", 2, "fe:00")]);
    let sh = who(720, SHIM, "sh", "/bin/dash");
    log.write(sh, ("/host/srv/data/", 2), ("app.conf", 12));
    log.write(sh, ("/host/srv/data/new/", 50), ("x", 51));
    assert_eq!(paths(&log.judge()), ["/srv/data/app.conf", "/srv/data/new/x"]);
}

#[test]
fn a_device_mounted_and_changed_root_into_without_a_record_of_it() {
    let mut log = Log::new();
    log.write(ADMIN, ("/srv/data/", 2), ("app.conf", 12));
    log.container(SHIM, 710, 720, "tools", &[]);
    let sh = who(720, SHIM, "sh", "/bin/dash");
    let target = ("/mnt", 60, OVERLAY, "040755", "NORMAL");
    log.event(sh, 165, "/", &[target, ("/dev/loop0", 61, "00:41", "060660", "NORMAL")]);
    let inside = who(730, 720, "sh", "/bin/dash");
    log.write(inside, ("/", 2), ("app.conf", 12));
    log.write(inside, ("/sub/", 70), ("x", 71));
    assert_eq!(paths(&log.judge()), ["/srv/data/app.conf", "/srv/data/sub/x"]);
}

#[test]
fn what_one_host_teaches_says_nothing_of_another() {
    let mut attacked = Log::new();
    attacked.container(SHIM, 710, 720, "web", &[("/srv/data", 2, DATA)]);
    attacked.write(who(720, SHIM, "sh", "/bin/dash"), ("/data/in/", 30), ("x", 31));
    attacked.write(who(720, SHIM, "sh", "/bin/dash"), ("/data/", 2), ("ledger.csv", 14));
    // The same numbers on another machine are other files.
    let mut other = Log::new();
    other.write(who(40, 1, "sync", "/usr/bin/sync"), ("/srv/data/data/in/", 30), ("x", 31));
    let named = |log: &Log, node: &str| {
        log.text.lines().flat_map(|line| format!("node={node} {line}\n").into_bytes()).collect::<Vec<u8>>()
    };
    let judged = judge(&[named(&attacked, "b"), named(&other, "a")]);
    assert_eq!(paths(&judged), ["/srv/data/in/x", "/srv/data/ledger.csv"]);
}

#[test]
fn a_container_that_began_before_the_log_is_never_answered_with_no() {
    let mut log = Log::new();
    log.container(SHIM, 710, 720, "web", &[]);
    log.write(who(50, 1, "backup", "/usr/bin/backup"), ("/srv/data/", 2), ("app.conf", 12));
    // Its start was not recorded; that it calls the host's directory by another name is all that shows it.
    log.write(who(900, 890, "sh", "/bin/dash"), ("/in/", 2), ("app.conf", 12));
    let judged = log.judge();
    let answer = judged.detection.answers.iter().find(|answer| answer.check == "writes_host_inode").unwrap();
    assert!(matches!(answer.answer, model::Answer::CannotTell { .. }), "{answer:?}");
}

#[test]
fn a_task_name_of_a_runtime_hides_nothing() {
    for name in ["runc:[2:INIT]", "runc", "crun", "containerd-shim", "dockerd", "conmon", "exe"] {
        let mut log = Log::new();
        log.write(ADMIN, ("/srv/data/", 2), ("app.conf", 12));
        log.container(SHIM, 710, 720, "web", &[("/srv/data", 2, DATA)]);
        log.write(who(720, SHIM, "sh", "/bin/dash"), ("/data/", 2), ("a", 14));
        log.write(who(730, 720, name, "/tmp/worm"), ("/data/", 2), ("b", 15));
        log.write(who(740, 730, "sh", "/bin/dash"), ("/data/", 2), ("c", 16));
        // Its parent ended.
        log.write(who(740, 720, name, "/tmp/worm"), ("/data/", 2), ("d", 17));
        let expected = ["/srv/data/a", "/srv/data/b", "/srv/data/c", "/srv/data/d"];
        assert_eq!(paths(&log.judge()), expected, "{name}");
    }
}

//! Logs of daemons, containers, the kernel and people.

use std::fmt::Write as _;

use super::scene::{Act, HOST, Happening, Scene, container_id};

/// The daemon log of containerd and dockerd.
pub(crate) fn runtime_log(scene: &mut Scene, out: &mut String) {
    let Happening { actor, act } = scene.happening();
    let time = scene.rfc3339();
    let number = actor.container.unwrap_or(1);
    let id = container_id(number);
    let _ = match act {
        Act::Execute => writeln!(
            out,
            "time=\"{time}\" level=info msg=\"Exec process \\\"{:016x}{:016x}\\\" exits with exit code 0 and error <nil>\" container={id}",
            actor.pid, actor.ppid
        ),
        Act::Read(_) | Act::Connect { .. } => writeln!(
            out,
            "time=\"{time}\" level=debug msg=\"event published\" ns=moby topic=/tasks/exec-started type=containerd.events.TaskExecStarted"
        ),
        Act::Write(_) => {
            writeln!(out, "time=\"{time}\" level=info msg=\"StartContainer for \\\"{id}\\\" returns successfully\"")
        }
        Act::Rename(..) => writeln!(
            out,
            "time=\"{time}\" level=info msg=\"CreateContainer within sandbox \\\"{id}\\\" for container &ContainerMetadata{{Name:web,Attempt:0,}}\""
        ),
        Act::Unlink(_) => writeln!(
            out,
            "time=\"{time}\" level=info msg=\"RemoveContainer for \\\"{id}\\\" returns successfully\" namespace=k8s.io"
        ),
    };
}

/// `docker events --format json`.
pub(crate) fn docker_events(scene: &mut Scene, out: &mut String) {
    let Happening { actor, act } = scene.happening();
    let (seconds, nanos) = scene.epoch();
    let number = actor.container.unwrap_or(1);
    let id = container_id(number);
    let action = match act {
        Act::Execute => format!("exec_create: {}", actor.arguments.join(" ")),
        Act::Read(_) => "start".to_string(),
        Act::Write(_) => "create".to_string(),
        Act::Rename(..) => "die".to_string(),
        Act::Unlink(_) => "destroy".to_string(),
        Act::Connect { .. } => "health_status: healthy".to_string(),
    };
    let _ = writeln!(
        out,
        "{{\"status\":\"{action}\",\"id\":\"{id}\",\"from\":\"shop/web:1.4\",\"Type\":\"container\",\"Action\":\"{action}\",\"Actor\":{{\"ID\":\"{id}\",\
         \"Attributes\":{{\"com.example.team\":\"shop\",\"execID\":\"{:064x}\",\"image\":\"shop/web:1.4\",\"name\":\"web-{number}\"}}}},\
         \"scope\":\"local\",\"time\":{seconds},\"timeNano\":{seconds}{nanos:09}}}",
        actor.pid,
    );
}

/// Docker's `json-file` driver.
pub(crate) fn docker_json_log(scene: &mut Scene, out: &mut String) {
    let text = scene.chatter();
    let _ = writeln!(out, "{{\"log\":\"{text}\\n\",\"stream\":\"stdout\",\"time\":\"{}\"}}", scene.rfc3339());
}

/// Kubernetes' container logs; now and then a line in two parts.
pub(crate) fn cri_log(scene: &mut Scene, out: &mut String) {
    let text = scene.chatter();
    let time = scene.rfc3339();
    if scene.number.is_multiple_of(50) {
        let _ = writeln!(out, "{time} stdout P {text} ");
    }
    let _ = writeln!(out, "{time} stdout F {text}");
}

/// A program's name, pid and line, for journals and syslog; now and then the kernel's audit record.
fn note(scene: &mut Scene) -> (&'static str, u64, String) {
    const PROGRAMS: &[&str] = &["nginx", "sshd", "CRON", "dockerd", "kubelet", "postgres"];
    let program = scene.dice.pick(PROGRAMS);
    let pid = 1000 + scene.dice.below(30_000);
    let which = scene.dice.below(20);
    if which > 2 {
        return (program, pid, scene.chatter());
    }
    scene.tick();
    match which {
        0 => {
            let port = scene.dice.below(250);
            let text = format!("Accepted publickey for deploy from 192.0.2.{port} port 51022 ssh2: ED25519 SHA256:abc");
            ("sshd", pid, text)
        }
        1 => {
            let text = "  deploy : TTY=pts/0 ; PWD=/home/deploy ; USER=root ; COMMAND=/usr/bin/docker ps";
            ("sudo", pid, text.to_string())
        }
        _ => {
            let (time, id) = (scene.rfc3339(), container_id(pid % 40));
            let text = format!("time=\"{time}\" level=info msg=\"ignoring event\" container={id} module=libcontainerd");
            ("dockerd", pid, text)
        }
    }
}

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Syslog with the dates of RFC 3164, as rsyslog's traditional file format writes it.
pub(crate) fn syslog(scene: &mut Scene, out: &mut String) {
    let (program, pid, text) = note(scene);
    let date = scene.date();
    let month = date[5..7].parse::<usize>().ok().and_then(|month| MONTHS.get(month.checked_sub(1)?)).unwrap_or(&"Jan");
    let day = date[8..10].trim_start_matches('0');
    let _ = writeln!(out, "{month} {day:>2} {} {HOST} {program}[{pid}]: {text}", &date[11..]);
}

/// Syslog of RFC 5424.
pub(crate) fn syslog_5424(scene: &mut Scene, out: &mut String) {
    let (program, pid, text) = note(scene);
    let micros = scene.epoch().1 / 1000;
    let _ = writeln!(out, "<30>1 {}.{micros:06}Z {HOST} {program} {pid} - - {text}", scene.date());
}

/// `dmesg`: times from boot, and where the boot began.
pub(crate) fn kernel(scene: &mut Scene, out: &mut String) {
    if scene.number == 0 {
        out.push_str(
            "[    0.000000] Linux version 6.8.0-45-generic (buildd@lcy02) (x86_64-linux-gnu-gcc-13) #45-Ubuntu SMP\n",
        );
        out.push_str("[    1.234567] rtc_cmos 00:01: setting system clock to 2026-11-22T23:28:50 UTC (1795390130)\n");
    }
    let Happening { actor, act } = scene.happening();
    let micros = scene.elapsed() / 1000 + 2_000_000;
    let port = actor.container.unwrap_or(1);
    let _ = write!(out, "[{:>5}.{:06}] ", micros / 1_000_000, micros % 1_000_000);
    let _ = match act {
        Act::Execute => writeln!(out, "docker0: port {port}(veth{:07x}) entered blocking state", actor.pid),
        Act::Read(_) => writeln!(out, "device veth{:07x} entered promiscuous mode", actor.pid),
        Act::Write(path) => writeln!(
            out,
            "audit: type=1300 audit({}.{:03}:{}): arch=c000003e syscall=257 success=yes exit=3 a0=ffffff9c a1=7ffd a2=241 a3=1b6 items=0 \
             ppid={} pid={} auid=4294967295 uid=0 comm=\"{}\" exe=\"{}\" key=\"{}\"",
            scene.epoch().0,
            scene.epoch().1 / 1_000_000,
            scene.number,
            actor.ppid,
            actor.pid,
            actor.comm,
            actor.exe,
            path.rsplit('/').next().unwrap_or(""),
        ),
        Act::Rename(..) => writeln!(
            out,
            "Memory cgroup out of memory: Killed process {} ({}) total-vm:18136kB, anon-rss:16000kB, file-rss:1264kB, UID:0",
            actor.pid, actor.comm
        ),
        Act::Unlink(_) => writeln!(
            out,
            "EXT4-fs (vda{port}): mounted filesystem 0d3c-11 r/w with ordered data mode. Quota mode: none."
        ),
        Act::Connect { address, .. } => {
            writeln!(out, "[UFW BLOCK] IN=eth0 OUT= SRC={address} DST=10.0.0.1 LEN=60 PROTO=TCP SPT=40112 DPT=443")
        }
    };
}

/// The history of a bash that notes times.
pub(crate) fn shell_history(scene: &mut Scene, out: &mut String) {
    let Happening { actor, act } = scene.happening();
    let _ = writeln!(out, "#{}", scene.epoch().0);
    let _ = match act {
        Act::Execute => writeln!(out, "{}", actor.arguments.join(" ")),
        Act::Read(path) => writeln!(out, "less {path}"),
        Act::Write(path) => writeln!(out, "echo '* * * * * root /tmp/x' >> {path}"),
        Act::Rename(from, to) => writeln!(out, "mv {from} {to}"),
        Act::Unlink(path) => writeln!(out, "rm -f {path}"),
        Act::Connect { address, port } => writeln!(out, "curl -s https://{address}:{port}/healthz"),
    };
}

/// Fields of a journal entry in the order in which journalctl writes them.
fn entry(scene: &mut Scene) -> Vec<(&'static str, String)> {
    const BOOT: &str = "0b001b001b004b008b001b001b001b01";
    let (program, pid, text) = note(scene);
    let (seconds, nanos) = scene.epoch();
    let realtime = seconds * 1_000_000 + nanos / 1000;
    let monotonic = scene.elapsed() / 1000 + 2_000_000;
    let number = scene.number;
    vec![
        (
            "__CURSOR",
            format!(
                "s=87671f7ef44a42ddb245d919d7fe35ef;i={number:x};b={BOOT};m={monotonic:x};t={realtime:x};x={:x}",
                number * 7
            ),
        ),
        ("__REALTIME_TIMESTAMP", realtime.to_string()),
        ("__MONOTONIC_TIMESTAMP", monotonic.to_string()),
        ("_BOOT_ID", BOOT.to_string()),
        ("_TRANSPORT", "stdout".to_string()),
        ("PRIORITY", "6".to_string()),
        ("SYSLOG_FACILITY", "3".to_string()),
        ("SYSLOG_IDENTIFIER", program.to_string()),
        ("_PID", pid.to_string()),
        ("_UID", "0".to_string()),
        ("_GID", "0".to_string()),
        ("_COMM", program.to_string()),
        ("_EXE", format!("/usr/sbin/{program}")),
        ("_CMDLINE", format!("/usr/sbin/{program} --foreground")),
        ("_CAP_EFFECTIVE", "1fffeffffff".to_string()),
        ("_SYSTEMD_CGROUP", format!("/system.slice/{program}.service")),
        ("_SYSTEMD_UNIT", format!("{program}.service")),
        ("_SYSTEMD_SLICE", "system.slice".to_string()),
        ("_MACHINE_ID", "6e6f6465316e6f6465316e6f64653101".to_string()),
        ("_HOSTNAME", HOST.to_string()),
        ("_RUNTIME_SCOPE", "system".to_string()),
        ("MESSAGE", text),
    ]
}

/// `journalctl -o export`.
pub(crate) fn journal_export(scene: &mut Scene, out: &mut String) {
    for (name, value) in entry(scene) {
        let _ = writeln!(out, "{name}={value}");
    }
    out.push('\n');
}

/// `journalctl -o json`.
pub(crate) fn journal_json(scene: &mut Scene, out: &mut String) {
    let fields: Vec<String> = entry(scene)
        .into_iter()
        .map(|(name, value)| format!("\"{name}\":\"{}\"", value.replace('"', "\\\"")))
        .collect();
    let _ = writeln!(out, "{{{}}}", fields.join(","));
}

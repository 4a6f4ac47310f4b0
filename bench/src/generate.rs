//! Makes logs of any size from a seed, in every format that has records: a busy host's noise with one escape in it.
//!
//! Record shapes are those of the recordings in `lab/recordings` where there are such, else of the published schema.

mod audit_log;
mod cluster;
pub(crate) mod dice;
mod logs;
mod scene;
mod sensors;

use std::io;

use scene::Scene;

/// Appends one record, or a few that belong together.
type Render = fn(&mut Scene, &mut String);

/// Writes a whole log of at least so many bytes from a seed.
type Write = fn(u64, u64, &mut dyn io::Write) -> io::Result<()>;

enum How {
    Records(Render),
    Whole(Write),
}

/// A log that can be made.
pub(crate) struct Log {
    /// Its name on the command line.
    pub(crate) name: &'static str,
    /// The format that reads it.
    pub(crate) format: &'static str,
    /// Whether its records are JSON objects, one a line.
    pub(crate) json: bool,
    how: How,
}

const fn lines(name: &'static str, format: &'static str, render: Render) -> Log {
    Log { name, format, json: false, how: How::Records(render) }
}

const fn json(name: &'static str, format: &'static str, render: Render) -> Log {
    Log { name, format, json: true, how: How::Records(render) }
}

/// All of them.
pub(crate) const LOGS: &[Log] = &[
    Log { name: "auditd", format: "auditd", json: false, how: How::Whole(audit_log::write) },
    json("laurel", "laurel", sensors::laurel),
    json("falco", "falco", sensors::falco),
    json("tetragon", "tetragon", sensors::tetragon),
    json("tracee", "tracee", sensors::tracee),
    json("tracee_v1", "tracee_v1", sensors::tracee_v1),
    json("k8s_audit", "k8s_audit", cluster::k8s_audit),
    json("aks_audit", "k8s_audit", cluster::aks_audit),
    json("eks_audit", "k8s_audit", cluster::eks_audit),
    json("gke_audit", "gke_audit", cluster::gke_audit),
    json("ecs", "ecs", sensors::ecs),
    json("ocsf", "ocsf", sensors::ocsf),
    json("docker_events", "docker_events", logs::docker_events),
    json("docker_json_log", "docker_json_log", logs::docker_json_log),
    json("journal_json", "journal_json", logs::journal_json),
    lines("journal_export", "journal_export", logs::journal_export),
    lines("runtime_log", "runtime_log", logs::runtime_log),
    lines("cri_log", "cri_log", logs::cri_log),
    lines("syslog", "syslog", logs::syslog),
    lines("syslog_5424", "syslog", logs::syslog_5424),
    lines("kernel", "kernel", logs::kernel),
    lines("shell_history", "shell_history", logs::shell_history),
];

/// The log of this name.
pub(crate) fn by_name(name: &str) -> Option<&'static Log> {
    LOGS.iter().find(|log| log.name == name)
}

impl Log {
    /// Writes at least `size` bytes, ending with a whole record; the escape begins in the middle. Fails as `out` does.
    pub(crate) fn write(&self, size: u64, seed: u64, out: &mut dyn io::Write) -> io::Result<()> {
        let render = match self.how {
            How::Records(render) => render,
            How::Whole(write) => return write(size, seed, out),
        };
        let mut scene = Scene::new(seed);
        let mut text = String::new();
        let mut written = 0;
        while written < size {
            if written > size / 2 {
                scene.begin_escape();
            }
            render(&mut scene, &mut text);
            written += text.len() as u64;
            out.write_all(text.as_bytes())?;
            text.clear();
        }
        out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every log is recognised, is read without a problem, tells of its escape, and is the same again from its seed.
    #[test]
    fn logs_are_what_they_claim() {
        for log in LOGS {
            let mut bytes = Vec::new();
            log.write(200_000, 7, &mut bytes).unwrap();
            let mut again = Vec::new();
            log.write(200_000, 7, &mut again).unwrap();
            assert_eq!(bytes, again, "{}", log.name);

            let head = &bytes[..parse::HEAD_BYTES.min(bytes.len())];
            let choice = parse::choose(head);
            assert_eq!(choice.chosen.as_deref(), Some(log.format), "{}: {choice:?}", log.name);

            let format = parse::by_name(log.format).unwrap();
            let mut batch = parse::Batch::default();
            let mut decoder = format.decoder(model::Sha256([0; 32]).into());
            decoder.push(&bytes, &mut batch);
            decoder.finish(&mut batch);
            assert_eq!(batch.problems, Vec::new(), "{}", log.name);
            assert!(batch.records > 100, "{}: {} records", log.name, batch.records);
            let text = String::from_utf8(bytes).unwrap();
            let marks = ["nsenter", "maint", "/mnt/etc/cron.d/x", "0000000000007a69"];
            assert!(marks.iter().any(|mark| text.contains(mark)), "{}", log.name);
        }
    }
}

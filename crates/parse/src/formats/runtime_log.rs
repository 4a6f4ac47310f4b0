//! Logs of container runtimes and of what drives them: containerd, dockerd, CRI-O, podman, runc and the kubelet.
//!
//! Four shapes: logfmt (`time="…" level=info msg="…" key=value`), the same as JSON, the same for a terminal
//! (`INFO[…] message key=value`), and klog (`I1122 23:28:52.123456 1234 file.go:12] message`). One line has up to three
//! clocks: the inner `time` with its zone is the event's, the carrier's and those in the text are facts. What the daemon
//! says that it did to a container becomes an event of its own; everything else is kept as a message.
//!
//! The daemons quote what containers and clients chose (names, commands, errors), so a message is read from its
//! beginning only, and a container's own output is never taken for a daemon's.
//!
//! Sources: sirupsen/logrus `text_formatter.go`; containerd `internal/cri/instrument`, `core/runtime/events.go`;
//! moby `api/server/middleware/debug.go`, `libcontainerd`; cri-o `server/`; klog `internal/severity`, `textlogger`.

mod acts;
mod api;
mod cri;
mod draft;
mod klog;
mod logfmt;
mod record;

use std::borrow::Cow;

use model::{Event, Problem, ProblemKind, Timestamp};

use crate::{
    Batch, Decoder, Format, Source,
    carried::CarriedFormat,
    records::{Fault, Framed, Framing, Origin, Reader},
};
use record::Record;

/// The format.
pub(crate) struct RuntimeLog;

const NAME: &str = "runtime_log";

impl Format for RuntimeLog {
    fn name(&self) -> &'static str {
        NAME
    }

    fn sniff(&self, head: &[u8]) -> u8 {
        let lines = head.split(|&byte| byte == b'\n').filter(|line| !line.iter().all(u8::is_ascii_whitespace)).take(32);
        let (mut sum, mut count) = (0, 0);
        for line in lines {
            count += 1;
            sum += match Shape::of(line) {
                Some(Shape::Logfmt { start: 0 }) => 92,
                Some(Shape::Klog | Shape::Terminal) => 88,
                // Other programs write such objects too.
                Some(Shape::Json) => 70,
                // A syslog file is read better as what it is.
                Some(Shape::Logfmt { .. }) => 30,
                None => 0,
            };
        }
        u8::try_from(sum / count.max(1)).unwrap_or(0)
    }

    fn decoder(&self, source: Source) -> Box<dyn Decoder> {
        let reader = RuntimeReader { modified: source.modified, held: None };
        Box::new(Framed::new(source, Framing::lines(), reader))
    }
}

/// Programs whose messages in a journal or syslog are such records.
const DAEMONS: &[&str] = &[
    "buildkitd",
    "conmon",
    "containerd",
    "containerd-shim",
    "crio",
    "cri-o",
    "cri-dockerd",
    "docker",
    "docker-containerd",
    "dockerd",
    "dockerd-current",
    "hyperkube",
    "k0s",
    "k3s",
    "kube-apiserver",
    "kube-controller",
    "kube-proxy",
    "kube-scheduler",
    "kubelet",
    "microk8s",
    "podman",
    "rke2",
    "runc",
    "snap",
];

/// Carriers whose messages are what a container wrote: whatever these look like, no daemon said it.
const CONTAINER_OUTPUT: &[&str] = &["cri_log", "docker_json_log"];

impl CarriedFormat for RuntimeLog {
    fn recognises(&self, message: &[u8], origin: &Origin<'_>) -> bool {
        if origin.carrier.is_some_and(|carrier| CONTAINER_OUTPUT.contains(&carrier)) {
            return false;
        }
        let daemon = |program: &str| {
            // The kernel cuts a task's name after 15 bytes; a shim is called `containerd-shim-runc-v2`.
            DAEMONS.iter().any(|name| program == *name || (program.len() == 15 && name.starts_with(program)))
                || program.starts_with("containerd-shim")
                || program.starts_with("kube-")
        };
        origin.program.is_none_or(daemon)
            && Shape::of(message).is_some_and(|shape| !matches!(shape, Shape::Logfmt { start: 1.. }))
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(RuntimeReader { modified: None, held: None })
    }
}

/// How a line is written.
enum Shape {
    /// `time="…" level=…`, from this byte on; text before it is a prefix that another program wrote.
    Logfmt {
        start: usize,
    },
    Json,
    Terminal,
    Klog,
}

/// Bytes in which a line's own time must begin: the prefix of a syslog line is shorter.
const PREFIX_BYTES_MAX: usize = 256;

impl Shape {
    fn of(line: &[u8]) -> Option<Self> {
        match line {
            [b't', b'i', b'm', b'e', b'=', ..] => return Some(Self::Logfmt { start: 0 }),
            [b'{', ..] => {
                let has = |name: &[u8]| memchr::memmem::find(line, name).is_some();
                return (has(b"\"level\":") && has(b"\"msg\":") && has(b"\"time\":")).then_some(Self::Json);
            }
            [b'I' | b'W' | b'E' | b'F', b'0' | b'1', ..] if klog::is_header(line) => return Some(Self::Klog),
            [b'A'..=b'Z', b'A'..=b'Z', b'A'..=b'Z', b'A'..=b'Z', b'[', ..] if record::is_terminal(line) => {
                return Some(Self::Terminal);
            }
            _ => {}
        }
        let start = memchr::memmem::find(&line[..line.len().min(PREFIX_BYTES_MAX)], b" time=\"")? + 1;
        memchr::memmem::find(&line[start..], b" level=").map(|_| Self::Logfmt { start })
    }
}

/// Reads one daemon's log, or what one carrier holds of several.
struct RuntimeReader {
    modified: Option<Timestamp>,
    /// A request to dockerd whose body may follow, with the program that wrote it.
    held: Option<(Event, Option<String>)>,
}

impl Reader for RuntimeReader {
    fn record(&mut self, line: &[u8], origin: &Origin<'_>, out: &mut Batch) -> Result<(), Fault> {
        let line = line.trim_ascii();
        let none = || {
            let kind = if origin.ended { ProblemKind::NotARecord } else { ProblemKind::Torn };
            (kind, "no line of a container runtime's log".to_string())
        };
        let text = crate::text::lossy(line);
        let shape = Shape::of(text.as_bytes()).ok_or_else(none)?;
        let latest = origin.time.or(self.modified);
        let record = match shape {
            Shape::Logfmt { start } => Record::of_logfmt(&text, start),
            Shape::Json => Record::of_json(&text)
                .map_err(|(kind, text)| (if origin.ended { kind } else { ProblemKind::Torn }, text))?,
            Shape::Terminal => Record::of_terminal(&text),
            Shape::Klog => klog::read(&text, latest),
        }
        .ok_or_else(none)?;
        if record.torn {
            let text = "the line ends inside a quoted value".to_string();
            out.problems.push(Problem { kind: ProblemKind::BadField, address: origin.address, text });
        }
        self.event(&record, origin, out);
        out.records += 1;
        Ok(())
    }

    fn finish(&mut self, out: &mut Batch) {
        out.drafts.extend(self.held.take().map(|(event, _)| event));
    }
}

impl RuntimeReader {
    /// Drafts the record's event. The body of a request joins the request where it follows directly.
    fn event(&mut self, record: &Record<'_>, origin: &Origin<'_>, out: &mut Batch) {
        let same = self.held.as_ref().is_some_and(|(_, program)| program.as_deref() == origin.program);
        let held = if same { self.held.take() } else { None };
        let body = record.message.strip_prefix("form data: ").map(Cow::Borrowed).or_else(|| {
            // Newer daemons give it as a field of its own.
            (record.message == "form data").then(|| record.field("form-data").map(Cow::Borrowed)).flatten()
        });
        match (held, body) {
            (Some((mut event, _)), Some(body)) => {
                event.addresses.push(origin.address);
                api::body(&body, &mut event);
                out.drafts.push(event);
            }
            (held, body) => {
                out.drafts.extend(held.map(|(event, _)| event));
                let act = acts::of(record);
                let mut event = draft::event(record, act, self.modified, origin, out);
                if let Some(body) = body {
                    api::body(&body, &mut event);
                }
                if api::may_have_body(record) && self.held.is_none() {
                    self.held = Some((event, origin.program.map(str::to_string)));
                } else {
                    out.drafts.push(event);
                }
            }
        }
    }
}

//! What happens on the host and in the cluster of which the generated logs tell: noise, and one escape.

use super::dice::Dice;

/// Name of the host.
pub(crate) const HOST: &str = "node1";

/// Seconds since the epoch of the first happening: 2026-11-22T23:28:50Z.
const BEGINNING: u64 = 1_795_390_130;

const SERVICES: &[&str] =
    &["nginx", "postgres", "sshd", "cron", "containerd-shim", "python3", "node", "java", "systemd", "sh"];
const FOLDERS: &[&str] = &["/var/lib/app", "/var/log/nginx", "/srv/data/www", "/tmp", "/var/spool/cron", "/etc/app.d"];
const NAMESPACES: &[&str] = &["shop", "kube-system", "billing", "monitoring"];
const USERS: &[&str] = &[
    "system:node:node1",
    "system:kube-controller-manager",
    "system:serviceaccount:monitoring:prometheus",
    "alice@example.com",
];
const RESOURCES: &[&str] = &["pods", "configmaps", "endpoints", "leases", "deployments", "events"];
const VERBS: &[&str] = &["get", "list", "watch", "update", "patch", "create"];

/// One moment in which something happens; the dice are left to the renderer for what only its format has.
pub(crate) struct Scene {
    pub(crate) dice: Dice,
    nanos: u64,
    /// How many happenings of the escape were told, once it has begun.
    escape: Option<usize>,
    /// Number of the happening, from 1.
    pub(crate) number: u64,
}

/// Something that a process does.
pub(crate) struct Happening {
    pub(crate) actor: Actor,
    pub(crate) act: Act,
}

/// The process that does it.
pub(crate) struct Actor {
    pub(crate) pid: u64,
    pub(crate) ppid: u64,
    pub(crate) comm: &'static str,
    pub(crate) exe: String,
    pub(crate) arguments: Vec<String>,
    /// The container that it runs in, by number.
    pub(crate) container: Option<u64>,
}

/// What it does.
pub(crate) enum Act {
    Execute,
    Read(String),
    Write(String),
    Rename(String, String),
    Unlink(String),
    Connect { address: String, port: u64 },
}

/// A request to the cluster.
pub(crate) struct Request {
    pub(crate) verb: &'static str,
    pub(crate) user: &'static str,
    pub(crate) namespace: &'static str,
    pub(crate) resource: &'static str,
    pub(crate) subresource: Option<&'static str>,
    pub(crate) name: String,
    /// What is asked for, in JSON, where the level of the record has it.
    pub(crate) body: Option<String>,
}

impl Scene {
    pub(crate) fn new(seed: u64) -> Self {
        Self { dice: Dice::new(seed), nanos: 0, escape: None, number: 0 }
    }

    /// From now on the escape is told, and then noise again.
    pub(crate) fn begin_escape(&mut self) {
        self.escape.get_or_insert(0);
    }

    /// Something happens that is none of the escape.
    pub(crate) fn tick(&mut self) {
        self.number += 1;
        self.nanos += self.dice.below(3_000_000) + 1;
    }

    fn step(&mut self) -> Option<usize> {
        self.tick();
        let step = self.escape?;
        self.escape = Some(step + 1);
        Some(step)
    }

    /// Nanoseconds since the first happening.
    pub(crate) fn elapsed(&self) -> u64 {
        self.nanos
    }

    /// Seconds and nanoseconds since the epoch.
    pub(crate) fn epoch(&self) -> (u64, u64) {
        (BEGINNING + self.nanos / 1_000_000_000, self.nanos % 1_000_000_000)
    }

    /// `YYYY-MM-DDThh:mm:ss`, without a zone.
    pub(crate) fn date(&self) -> String {
        let (seconds, _) = self.epoch();
        let time = model::Timestamp::from_seconds(i64::try_from(seconds).unwrap_or(0), 0);
        time.to_string().chars().take(19).collect()
    }

    /// The time in RFC 3339, UTC, with nanoseconds.
    pub(crate) fn rfc3339(&self) -> String {
        format!("{}.{:09}Z", self.date(), self.epoch().1)
    }

    /// What the next process does.
    pub(crate) fn happening(&mut self) -> Happening {
        if let Some(told) = self.step().and_then(escape) {
            return told;
        }
        let pid = 1000 + self.dice.below(30_000);
        let comm = self.dice.pick(SERVICES);
        let actor = Actor {
            pid,
            ppid: 1 + self.dice.below(pid),
            comm,
            exe: format!("/usr/sbin/{comm}"),
            arguments: vec![comm.to_string(), "-c".to_string(), format!("--id={}", self.dice.below(1_000_000))],
            container: Some(self.dice.below(64)).filter(|number| *number < 40),
        };
        let act = match self.dice.below(100) {
            0..=29 => Act::Execute,
            30..=54 => Act::Read(self.file()),
            55..=74 => Act::Write(self.file()),
            75..=81 => Act::Rename(self.file(), self.file()),
            82..=88 => Act::Unlink(self.file()),
            _ => Act::Connect { address: format!("10.0.0.{}", self.dice.below(250) + 1), port: 443 },
        };
        Happening { actor, act }
    }

    fn file(&mut self) -> String {
        format!("{}/file-{:05}.dat", self.dice.pick(FOLDERS), self.dice.below(100_000))
    }

    /// What the cluster is asked for next.
    pub(crate) fn request(&mut self) -> Request {
        if let Some(told) = self.step().and_then(escape_by_request) {
            return told;
        }
        let resource = self.dice.pick(RESOURCES);
        let name = format!("{}-{:05}", resource.trim_end_matches('s'), self.dice.below(100_000));
        let verb = self.dice.pick(VERBS);
        let namespace = self.dice.pick(NAMESPACES);
        let body = matches!(verb, "update" | "patch" | "create").then(|| {
            format!(
                "{{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{{\"name\":\"{name}\",\"namespace\":\"{namespace}\",\
                 \"labels\":{{\"app\":\"web\",\"tier\":\"front\"}}}},\"data\":{{\"settings.yaml\":\"workers: {}\\nlevel: info\\n\"}}}}",
                self.dice.below(64)
            )
        });
        Request { verb, user: self.dice.pick(USERS), namespace, resource, subresource: None, name, body }
    }

    /// What a service writes to its log.
    pub(crate) fn chatter(&mut self) -> String {
        if let Some(told) = self.step().and_then(|step| ESCAPE_CHATTER.get(step)) {
            return (*told).to_string();
        }
        match self.dice.below(3) {
            0 => format!(
                "192.0.2.{} - - GET /api/orders/{} HTTP/1.1 200 {} curl/8.5.0",
                self.dice.below(254) + 1,
                self.dice.below(1_000_000),
                self.dice.below(50_000)
            ),
            1 => format!(
                "INFO order={} state=paid amount={} worker={}",
                self.dice.below(1_000_000),
                self.dice.below(100_000),
                self.dice.below(16)
            ),
            _ => format!(
                "connection from 10.0.{}.{} accepted after {} ms",
                self.dice.below(250),
                self.dice.below(250),
                self.dice.below(900)
            ),
        }
    }
}

/// Lines in which a service notes what the intruder makes it do.
const ESCAPE_CHATTER: &[&str] = &[
    "ERROR template: unexpected call of os.popen('nsenter -t 1 -m -u -i -n -p -- sh')",
    "WARN worker 3 ended by signal 9",
];

/// A container's shell that enters the host's namespaces and leaves a file for the host's cron.
fn escape(step: usize) -> Option<Happening> {
    let act = match step {
        0 => Act::Execute,
        1 => Act::Read("/etc/shadow".to_string()),
        2 => Act::Write("/etc/cron.d/x".to_string()),
        3 => Act::Rename("/srv/data/www/index.html".to_string(), "/srv/data/www/index.bak".to_string()),
        4 => Act::Unlink("/srv/data/www/orders.db".to_string()),
        _ => return None,
    };
    let actor = Actor {
        pid: 31_337,
        ppid: 31_300,
        comm: "nsenter",
        exe: "/usr/bin/nsenter".to_string(),
        arguments: ["nsenter", "-t", "1", "-m", "-p", "sh"].map(str::to_string).to_vec(),
        container: Some(7),
    };
    Some(Happening { actor, act })
}

/// The same by way of the cluster: a privileged pod with the host's root, and a shell in it.
fn escape_by_request(step: usize) -> Option<Request> {
    let pod = "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"maint\",\"namespace\":\"shop\"},\"spec\":{\"hostPID\":true,\
               \"nodeName\":\"node1\",\"containers\":[{\"name\":\"a\",\"image\":\"busybox\",\"command\":[\"sleep\",\"1000\"],\
               \"securityContext\":{\"privileged\":true},\"volumeMounts\":[{\"name\":\"h\",\"mountPath\":\"/host\"}]}],\
               \"volumes\":[{\"name\":\"h\",\"hostPath\":{\"path\":\"/\",\"type\":\"\"}}]}}";
    let (verb, resource, subresource, name, body) = match step {
        0 => ("create", "pods", None, "maint", Some(pod.to_string())),
        1 => ("create", "pods", Some("exec"), "maint", None),
        2 => ("get", "secrets", None, "database", None),
        _ => return None,
    };
    let name = name.to_string();
    Some(Request { verb, user: "alice@example.com", namespace: "shop", resource, subresource, name, body })
}

/// The id of a container, 64 digits.
pub(crate) fn container_id(number: u64) -> String {
    format!("{:016x}{:016x}{:016x}{:016x}", number + 0x3f2a_9c1b_7d5e_4f60, number, number * 7, number * 13)
}

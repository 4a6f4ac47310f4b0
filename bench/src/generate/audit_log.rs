//! Generates an audit log of any size from a seed: a busy host's noise with one escape in it.
//!
//! Record shapes are those of a recorded enriched log (kernel 6.18, auditd 3). Records of events on
//! several processors interleave, and some titles come late, as in recordings.

use std::{fmt::Write as _, io};

use super::dice::Dice;

/// Writes at least `size` bytes of log, ending with a whole event.
pub(crate) fn write(size: u64, seed: u64, out: &mut dyn io::Write) -> io::Result<()> {
    let mut host = Host { dice: Dice::new(seed), serial: 1000, millis: 1_795_390_130_000 };
    // Events of four processors whose records wait to be written.
    let mut queues: Vec<Vec<String>> = vec![Vec::new(); 4];
    let mut written = 0_u64;
    let mut escaped = false;
    while written < size {
        let at = usize::try_from(host.dice.below(4)).unwrap_or(0);
        if queues[at].is_empty() {
            let event = if !escaped && written > size / 2 {
                escaped = true;
                host.escape()
            } else {
                host.event()
            };
            queues[at] = event.into_iter().rev().collect();
        }
        // Mostly whole events; now and then another processor's record comes in between.
        let burst = if host.dice.below(10) == 0 { 1 } else { queues[at].len() };
        for _ in 0..burst {
            if let Some(line) = queues[at].pop() {
                written += line.len() as u64;
                out.write_all(line.as_bytes())?;
            }
        }
    }
    for line in queues.iter_mut().flat_map(|queue| queue.drain(..).rev()) {
        out.write_all(line.as_bytes())?;
    }
    out.flush()
}

const ENRICHED: &str = "\u{1d}ARCH=x86_64 SYSCALL={} AUID=\"unset\" UID=\"root\" GID=\"root\" EUID=\"root\" SUID=\"root\" FSUID=\"root\" EGID=\"root\" SGID=\"root\" FSGID=\"root\"";
const COMMANDS: &[&str] =
    &["nginx", "postgres", "sshd", "cron", "containerd-shim", "python3", "node", "java", "systemd", "sh"];
const FOLDERS: &[&str] = &["/var/lib/app", "/var/log/nginx", "/srv/data/www", "/tmp", "/var/spool/cron", "/etc/app.d"];

struct Host {
    dice: Dice,
    serial: u64,
    millis: u64,
}

impl Host {
    fn stamp(&mut self) -> String {
        self.serial += 1;
        self.millis += self.dice.below(3);
        format!("msg=audit({}.{:03}:{})", self.millis / 1000, self.millis % 1000, self.serial)
    }

    fn event(&mut self) -> Vec<String> {
        match self.dice.below(100) {
            0..=29 => self.open(0x241, "CREATE"),
            30..=49 => self.open(0x80000, "NORMAL"),
            50..=59 => self.execute(),
            60..=69 => self.rename(),
            70..=76 => self.unlink(),
            77..=83 => self.connect(),
            84..=90 => self.change_mode(),
            91..=95 => self.session(),
            _ => self.bpf(),
        }
    }

    fn system_call(
        &mut self,
        stamp: &str,
        call: (u32, &str),
        arguments: [u64; 3],
        items: u32,
        actor: &Actor,
    ) -> String {
        let mut line = String::with_capacity(640);
        let (number, name) = call;
        let [a0, a1, a2] = arguments;
        let _ = write!(
            line,
            "type=SYSCALL {stamp}: arch=c000003e syscall={number} success=yes exit=0 a0={a0:x} a1={a1:x} a2={a2:x} a3=0 \
             items={items} ppid={} pid={} auid=4294967295 uid=0 gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=(none) \
             ses=4294967295 comm=\"{}\" exe=\"{}\" key=\"hostdata\"",
            actor.ppid, actor.pid, actor.comm, actor.exe
        );
        let _ = writeln!(line, "{}", ENRICHED.replace("{}", name));
        line
    }

    fn actor(&mut self) -> Actor {
        let comm = self.dice.pick(COMMANDS).to_string();
        let pid = 1000 + self.dice.below(30_000);
        Actor { pid, ppid: 1 + self.dice.below(pid), exe: format!("/usr/sbin/{comm}"), comm }
    }

    fn path(&mut self, stamp: &str, item: u32, name: &str, inode: u64, directory: bool, kind: &str) -> String {
        let mode = if directory { "040755" } else { "0100644" };
        format!(
            "type=PATH {stamp}: item={item} name=\"{name}\" inode={inode} dev=fe:00 mode={mode} ouid=0 ogid=0 rdev=00:00 \
             nametype={kind} cap_fp=0 cap_fi=0 cap_fe=0 cap_fver=0 cap_frootid=0\u{1d}OUID=\"root\" OGID=\"root\"\n"
        )
    }

    /// Working directory and title, around the paths.
    fn around(&mut self, stamp: &str, call: String, paths: Vec<String>, title: &str) -> Vec<String> {
        let mut lines = vec![call, format!("type=CWD {stamp}: cwd=\"/\"\n")];
        lines.extend(paths);
        let mut hex = String::with_capacity(title.len() * 2);
        for byte in title.bytes() {
            let _ = write!(hex, "{byte:02X}");
        }
        lines.push(format!("type=PROCTITLE {stamp}: proctitle={hex}\n"));
        lines
    }

    fn file(&mut self) -> (String, String) {
        let folder = format!("{}/", self.dice.pick(FOLDERS));
        let file = format!("{folder}file-{:05}.dat", self.dice.below(100_000));
        (folder, file)
    }

    fn open(&mut self, flags: u64, kind: &str) -> Vec<String> {
        let (stamp, actor, (folder, file)) = (self.stamp(), self.actor(), self.file());
        let created = kind == "CREATE";
        let call = self.system_call(
            &stamp,
            (257, "openat"),
            [0xffff_ff9c, 0x7ffc_c1f2, flags],
            1 + u32::from(created),
            &actor,
        );
        let inode = 1000 + self.dice.below(9_000_000);
        let mut paths = Vec::new();
        if created {
            paths.push(self.path(&stamp, 0, &folder, 77, true, "PARENT"));
        }
        paths.push(self.path(&stamp, u32::from(created), &file, inode, false, kind));
        self.around(&stamp, call, paths, &format!("{}\0--worker", actor.comm))
    }

    fn execute(&mut self) -> Vec<String> {
        let (stamp, actor) = (self.stamp(), self.actor());
        let call = self.system_call(&stamp, (59, "execve"), [0x55d0, 0x55d8, 0x55e0], 2, &actor);
        let paths = vec![
            self.path(&stamp, 0, &actor.exe, 131_072, false, "NORMAL"),
            self.path(&stamp, 1, "/lib64/ld-linux-x86-64.so.2", 131_073, false, "NORMAL"),
        ];
        let argument = self.dice.below(1_000_000);
        let mut lines = self.around(&stamp, call, paths, &format!("{}\0-c\0--id={argument}", actor.comm));
        let execve = format!(
            "type=EXECVE {stamp}: argc=4 a0=\"{}\" a1=\"-c\" a2=\"--id={argument}\" a3=2F7372762F6D7920646174612F78\n",
            actor.comm
        );
        lines.insert(1, execve);
        lines
    }

    fn rename(&mut self) -> Vec<String> {
        let (stamp, actor, (folder, file)) = (self.stamp(), self.actor(), self.file());
        let call = self.system_call(&stamp, (82, "rename"), [0x13f2, 0x7fff, 0], 5, &actor);
        let (new, old) = (1000 + self.dice.below(9_000_000), 1000 + self.dice.below(9_000_000));
        let temporary = format!("{file}.{:06}", self.dice.below(1_000_000));
        let paths = vec![
            self.path(&stamp, 0, &folder, 77, true, "PARENT"),
            self.path(&stamp, 1, &folder, 77, true, "PARENT"),
            self.path(&stamp, 2, &temporary, new, false, "DELETE"),
            self.path(&stamp, 3, &file, old, false, "DELETE"),
            self.path(&stamp, 4, &file, new, false, "CREATE"),
        ];
        self.around(&stamp, call, paths, &actor.comm)
    }

    fn unlink(&mut self) -> Vec<String> {
        let (stamp, actor, (folder, file)) = (self.stamp(), self.actor(), self.file());
        let call = self.system_call(&stamp, (263, "unlinkat"), [0xffff_ff9c, 0x7fff, 0], 2, &actor);
        let inode = 1000 + self.dice.below(9_000_000);
        let paths = vec![
            self.path(&stamp, 0, &folder, 77, true, "PARENT"),
            self.path(&stamp, 1, &file, inode, false, "DELETE"),
        ];
        self.around(&stamp, call, paths, &actor.comm)
    }

    fn connect(&mut self) -> Vec<String> {
        let (stamp, actor) = (self.stamp(), self.actor());
        let call = self.system_call(&stamp, (42, "connect"), [5, 0x7fff, 16], 0, &actor);
        let address = format!(
            "type=SOCKADDR {stamp}: saddr=020001BB0A0000{:02X}0000000000000000\u{1d}SADDR={{ saddr_fam=inet laddr=10.0.0.1 lport=443 }}\n",
            self.dice.below(256)
        );
        let mut lines = self.around(&stamp, call, Vec::new(), &actor.comm);
        lines[1] = address;
        lines
    }

    fn change_mode(&mut self) -> Vec<String> {
        let (stamp, actor, (_, file)) = (self.stamp(), self.actor(), self.file());
        let call = self.system_call(&stamp, (90, "chmod"), [0x7c98, 0x1a4, 0], 1, &actor);
        let inode = 1000 + self.dice.below(9_000_000);
        let paths = vec![self.path(&stamp, 0, &file, inode, false, "NORMAL")];
        self.around(&stamp, call, paths, &actor.comm)
    }

    fn session(&mut self) -> Vec<String> {
        let (stamp, actor) = (self.stamp(), self.actor());
        vec![format!(
            "type=USER_ACCT {stamp}: pid={} uid=0 auid=1000 ses=3 subj=unconfined msg='op=PAM:accounting grantors=pam_permit \
             acct=\"deploy\" exe=\"/usr/sbin/sshd\" hostname=192.0.2.8 addr=192.0.2.8 terminal=ssh res=success'\u{1d}UID=\"root\" AUID=\"deploy\"\n",
            actor.pid
        )]
    }

    fn bpf(&mut self) -> Vec<String> {
        let (stamp, actor) = (self.stamp(), self.actor());
        let call = self.system_call(&stamp, (321, "bpf"), [5, 0x7ffe, 0x94], 0, &actor);
        vec![format!("type=BPF {stamp}: prog-id={} op=LOAD\n", self.dice.below(9999)), call]
    }

    /// A container's shell that mounts the host's disk and writes a cron file.
    fn escape(&mut self) -> Vec<String> {
        let actor = Actor { pid: 31_337, ppid: 31_300, comm: "sh".to_string(), exe: "/bin/busybox".to_string() };
        let stamp = self.stamp();
        let call = self.system_call(&stamp, (165, "mount"), [0x7f, 0x7f, 0x7f], 2, &actor);
        let paths = vec![
            self.path(&stamp, 0, "/mnt", 12, true, "NORMAL"),
            self.path(&stamp, 1, "/dev/vda1", 13, false, "NORMAL")
                .replace("mode=0100644", "mode=060660")
                .replace("rdev=00:00", "rdev=fe:01"),
        ];
        let mut lines = self.around(&stamp, call, paths, "sh");
        let stamp = self.stamp();
        let call = self.system_call(&stamp, (257, "openat"), [0xffff_ff9c, 0x7f, 0x441], 2, &actor);
        let paths = vec![
            self.path(&stamp, 0, "/mnt/etc/cron.d/", 14, true, "PARENT"),
            self.path(&stamp, 1, "/mnt/etc/cron.d/x", 15, false, "CREATE"),
        ];
        lines.extend(self.around(&stamp, call, paths, "sh"));
        lines
    }
}

struct Actor {
    pid: u64,
    ppid: u64,
    comm: String,
    exe: String,
}

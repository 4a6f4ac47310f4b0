"""A real systemd-journald at work: three boots of one host, with what containers, kernel and audit leave in its journal.

It runs by hand in the node, so /run, /var/log/journal, the machine id and the boot id are the node's own.
auditd writes the same audit events to its own log meanwhile: one event, two sources."""

import json
import os
import re
import signal
import subprocess
import threading
import time

from ..auditing import status
from ..ground import LAB, Refused, run
from . import docker
from .keep import shorten
from .node import Node

JOURNALD = "/lib/systemd/systemd-journald"
BOOTS = ["0b001b00-1b00-4b00-8b00-1b001b001b01", "0b002b00-2b00-4b00-8b00-2b002b002b02", "0b003b00-3b00-4b00-8b00-3b003b003b03"]
KEY = "lab-formats"
# Lines of the machine's own kernel that are let through. At a boot the first few of the real boot; later those
# that containers cause. Everything else is about the recording machine.
AT_BOOT = re.compile(rb"rcu: Hierarchical|NET: Registered|VFS: |audit: initializing|TCP: Hash|io scheduler|Freeing unused kernel image|random: crng init")
LATER = re.compile(rb"docker0|veth|overlayfs|oom|Memory cgroup|Tasks state|Killed process|memory: usage|eth0: renamed|br-[0-9a-f]{12}|segfault|traps: ")


class Kernel:
    """Feeds journald's /dev/kmsg, which is a FIFO in the node, with real lines of the real one."""

    def __init__(self, node):
        self.fifo = f"{node.root}/kmsg"
        os.mkfifo(self.fifo)
        node.run(f"mount --bind {self.fifo} /dev/kmsg")
        self.sink = os.open(self.fifo, os.O_RDWR | os.O_NONBLOCK)
        self.seen, self.ending = [], threading.Event()

    def boot(self):
        source = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK)
        for line in _records(source):
            if AT_BOOT.search(line):
                self._pass(line)
        os.close(source)

    def follow(self):
        source = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK)
        os.lseek(source, 0, os.SEEK_END)

        def loop():
            while not self.ending.is_set():
                for line in _records(source):
                    if LATER.search(line):
                        self._pass(line)
                time.sleep(0.05)

        self.thread = threading.Thread(target=loop)
        self.thread.start()

    def _pass(self, line):
        # Numbered anew: journald takes a hole in the numbers for messages that it missed.
        line = re.sub(rb"^(\d+),\d+,", rb"\1,%d," % len(self.seen), shorten(line), count=1)
        self.seen.append(line)
        os.write(self.sink, line)
        time.sleep(0.01)  # the real device gives one record to one read, a FIFO what is there

    def skip(self, n):
        """Forgets n numbers, as a kernel does whose ring overflowed."""
        self.seen += [b""] * n


def _records(source):
    while True:
        try:
            yield os.read(source, 8192)
        except BlockingIOError:
            return
        except BrokenPipeError:  # overwritten meanwhile
            continue


class Journald:
    def __init__(self, node, boot, clock=0):
        """`clock` moves the monotonic clock back by so many seconds, as a boot does."""
        with open(f"{node.root}/boot_id", "w") as out:
            out.write(BOOTS[boot] + "\n")
        node.run(f"umount /proc/sys/kernel/random/boot_id 2>/dev/null; mount --bind {node.root}/boot_id /proc/sys/kernel/random/boot_id")
        # Outside the node's network namespace: the kernel sends audit records to the first one only.
        # Two sockets are inherited from systemd on a real host and made by journald itself here.
        back = [f"--monotonic=-{clock}", f"--boottime=-{clock}"] if clock else []
        self.node = node
        self.child = node.start(["unshare", "--time", *back, "--fork", "--kill-child=SIGTERM", JOURNALD], network=False, unit="systemd-journald.service",
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        node.wait(["test", "-S", "/run/systemd/journal/stdout"])
        node.run("ln -sfn /run/systemd/journal/dev-log /dev/log")

    def rotate(self):
        """The running file becomes an archive, with the name that journald gives it."""
        self.signal(signal.SIGUSR2)
        time.sleep(1)

    def stop(self, number=signal.SIGTERM):
        self.signal(number)
        self.child.wait(15)

    def signal(self, number):
        found = run(["pgrep", "-P", str(self.child.pid), "-x", "systemd-journal"], check=False).split()
        for pid in found:
            os.kill(int(pid), number)


def auditd(node):
    """The real daemon, beside journald, with rules that only the node's own directory can match."""
    before = status()
    if before.get("pid", "0") != "0":
        raise Refused("an audit daemon is already running on this machine; the lab will not disturb it")
    at = f"{LAB}/auditd"
    os.makedirs(f"{at}/plugins")
    with open(f"{at}/auditd.conf", "w") as out:
        out.write(f"log_file = {at}/audit.log\nlog_format = ENRICHED\nlog_group = root\nflush = incremental_async\nfreq = 50\nplugin_dir = {at}/plugins\n"
                  f"max_log_file = 50\nmax_log_file_action = ignore\nname_format = user\nname = {node.name}\nspace_left = 75\nspace_left_action = ignore\n"
                  "admin_space_left = 50\nadmin_space_left_action = ignore\ndisk_full_action = ignore\ndisk_error_action = ignore\n")
    run(["auditctl", "-b", "8192"])
    child = subprocess.Popen(["/sbin/auditd", "-n", "-c", at, "-s", "enable"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    for _ in range(100):
        if status().get("pid") == str(child.pid):
            break
        time.sleep(0.05)
    node.run(["auditctl", "-w", "/srv/host", "-p", "wa", "-k", KEY], network=False)
    node.run(["auditctl", "-a", "always,exit", "-F", "arch=b64", "-S", "openat", "-F", "path=/srv/host/etc/shadow", "-F", "perm=r", "-k", KEY], network=False)
    return child, before, f"{at}/audit.log"


def end_auditd(child, before):
    run(["auditctl", "-D", "-k", KEY], check=False)
    run(["auditctl", "-e", before["enabled"]], check=False)
    if child.poll() is None:
        child.terminate()
        child.wait(10)
    run(["auditctl", "-b", before["backlog_limit"]], check=False)
    now = status()
    wrong = [k for k in ("enabled", "backlog_limit", "pid") if now.get(k) != before.get(k)]
    if wrong or KEY in run(["auditctl", "-l"]):
        raise RuntimeError(f"audit is not as it was: {wrong}")


MESSAGES = [
    "logger -p auth.notice -t sshd 'Accepted publickey for sato from 192.0.2.10 port 50122 ssh2: ED25519 SHA256:lab'",
    "logger -p cron.info -t CRON '(root) CMD (/usr/local/bin/backup)'",
    "logger --journald <<'X'\nMESSAGE=from the native protocol\nMESSAGE_ID=0123456789abcdef0123456789abcdef\nCODE_FILE=main.c\nCODE_LINE=42\nTAG=a\nTAG=b\nX",
    "head -c 70000 /dev/zero | tr '\\0' m | fold -w 1000 | systemd-cat -t big-lines",
    "printf 'latin-1 caf\\351\\n' | systemd-cat -t odd -p warning; printf 'コンテナ 🐳\\n' | systemd-cat -t odd -p err",
    "head -c 90000 /dev/zero | tr '\\0' x > /tmp/big && python3 -c \"import socket; s=socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); b=open('/tmp/big','rb').read()[:90000]; s.connect('/run/systemd/journal/socket'); s.send(b'MESSAGE=native with a large binary field\\nBLOB\\n'+len(b+bytes(range(256))).to_bytes(8,'little')+b+bytes(range(256))+b'\\n')\"",
]


def record(shelf):
    if os.path.lexists("/dev/log"):
        raise Refused("/dev/log exists: a logger of this machine is not for the lab")
    node = Node("node1")
    audit = None
    try:
        # The flag says that /var is there; without it journald writes to /run until it is asked to flush.
        node.run("mkdir -p /var/log/journal /run/systemd/journal; touch /run/systemd/journal/flushed")
        docker.prepare(node)
        kernel = Kernel(node)
        first_boot(node, kernel)
        journald = Journald(node, 1, int(float(open("/proc/uptime").read().split()[0])) - 5)
        audit = auditd(node)  # after journald, as on a real host; journald of Debian switches audit off when it starts
        second_boot(node, kernel)
        journald.stop()
        last = Journald(node, 2, int(float(open("/proc/uptime").read().split()[0])) - 3)
        kernel.boot()
        node.run("logger -t systemd 'Startup finished'; logger -t kernel-watch 'after the second restart'")
        time.sleep(1)
        last.stop(signal.SIGKILL)  # as on a host that lost power: the file is left in state ONLINE
        keep(shelf, node, audit[2], kernel)
    finally:
        if audit:
            end_auditd(*audit[:2])
        node.close()
        if os.path.islink("/dev/log"):
            os.unlink("/dev/log")


def first_boot(node, kernel):
    journald = Journald(node, 0)
    kernel.boot()
    for script in MESSAGES:
        node.run(script)
    kernel.skip(7)
    kernel.boot()
    time.sleep(0.5)
    journald.rotate()
    node.run("logger -t lab 'the first line after the rotation'")
    journald.stop()


def second_boot(node, kernel):
    """The busy one: both daemons write to journald's stdout socket as units do, and the containers work."""
    kernel.follow()
    containerd = ["systemd-cat", "-t", "containerd", "--level-prefix=false"]
    node.start([*containerd, "containerd", "--log-level", "debug"], unit="containerd.service")
    node.wait(["ctr", "version"])
    node.start(["systemd-cat", "-t", "dockerd", "--level-prefix=false", "dockerd", "--containerd", "/run/containerd/containerd.sock", "--exec-opt",
                "native.cgroupdriver=cgroupfs", "--storage-driver=overlay2"], unit="docker.service")
    node.wait(["docker", "version"])
    daemons = node.children[-2:]
    node.ids = docker.work(node)
    node.run("docker run --name talker --log-driver journald --log-opt tag={{.Name}} --label com.example.team=talk local/bb:1 sh -c 'echo to the journal; echo and to stderr >&2'")
    node.run("docker run --rm -v /srv/host:/host local/bb:1 sh -c 'echo * * * * * root /x > /host/etc/cron-job; cat /host/etc/shadow; rm /host/etc/cron-job; mkdir /host/.cache'")
    node.run("logger -p auth.warning -t sudo 'sato : TTY=pts/0 ; PWD=/srv ; USER=root ; COMMAND=/usr/bin/docker ps'")
    node.run(["auditctl", "-m", "a line from user space"], network=False)
    for daemon in reversed(daemons):
        node.stop(daemon)
    time.sleep(0.5)
    kernel.ending.set()
    kernel.thread.join()


def keep(shelf, node, audit_log, kernel):
    at = f"{node.root}/var/log/journal"
    files = sorted(os.path.join(d, f) for d, _, fs in os.walk(at) for f in fs)
    for path in files:
        header = run(["journalctl", "--file", path, "--header"])
        with open(path, "rb") as f:
            shelf.put(os.path.basename(path), f.read(), "written by systemd-journald 252", pack=True, state=re.search(r"State: (.*)", header).group(1),
                      entries=int(re.search(r"Entry objects: (\d+)", header).group(1)), flags=re.search(r"Incompatible flags:(.*)", header).group(1).strip())

    def read(form, *more):
        return subprocess.run(["journalctl", "-D", at, "-o", form, "--no-pager", *more], stdout=subprocess.PIPE, check=True).stdout

    rows = [json.loads(line) for line in read("json", "--all").splitlines()]
    shelf.put("journalctl.export", read("export"), "journalctl -o export", entries=len(rows))
    shelf.put("journalctl.json", read("json"), "journalctl -o json: fields above 4096 bytes are null", entries=len(rows))
    with open(audit_log, "rb") as f:
        log = f.read()
    shelf.put("audit.log", shorten(log), "the log of auditd on the same host at the same time, ENRICHED, node=node1", records=log.count(b"\n"))

    def count(key):
        found = {}
        for row in rows:
            value = row.get(key)
            found[str(value)] = found.get(str(value), 0) + 1
        return dict(sorted(found.items()))

    in_log = set(re.findall(rb"msg=audit\(\d+\.\d+:(\d+)\)", log))
    in_journal = {r["_AUDIT_ID"].encode() for r in rows if "_AUDIT_ID" in r and isinstance(r["_AUDIT_ID"], str)}
    shelf.close(hostname="node1", machine_id=rows[0]["_MACHINE_ID"], boots=[b.replace("-", "") for b in BOOTS], entries=len(rows), by_transport=count("_TRANSPORT"),
                by_boot=count("_BOOT_ID"), by_unit=count("_SYSTEMD_UNIT"), by_identifier=count("SYSLOG_IDENTIFIER"), by_audit_type=count("_AUDIT_TYPE_NAME"),
                audit_events_in_both=len(in_log & in_journal), audit_events_only_in_log=len(in_log - in_journal), audit_events_only_in_journal=len(in_journal - in_log),
                kernel_lines_given=sum(1 for k in kernel.seen if k), containers=node.ids,
                changed_by_the_recipe=["/dev/kmsg of the node is a FIFO: real lines of the real kernel, those about containers and a few of its boot, numbered anew; seven numbers are left out once",
                                       "the boot id is a file bound over the kernel's, and the monotonic clock of the second and third boot starts anew in a time namespace; kernel lines keep the machine's own monotonic time",
                                       "the kernel's release is shortened to its number", "pids are the machine's; the last journald was killed, so system.journal is left ONLINE"])

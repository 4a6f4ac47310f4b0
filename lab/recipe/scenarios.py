"""The scenarios: what the container was given, what it does, what that must touch.

`meant` is the list of paths the attack script sets out to change. The truth is not made
from it but from the sweeps; recording fails when the two disagree, so a mistake in the
script or in a legitimate step's paths cannot become a wrong truth."""

import json
import os
import subprocess
import threading
import time
from dataclasses import dataclass, field

from .containers import ALL_CAPS, Container
from .dockerd import Dockerd
from .ground import HOST, start_marked

H = HOST
D = f"{H}/srv/data"
HERE = os.path.dirname(os.path.abspath(__file__))


def text(name):
    with open(f"{HERE}/attacks/{name}") as f:
        return f.read()


@dataclass
class Scenario:
    name: str
    description: str
    attack: object                      # a function (Stage) that runs it to its end
    meant: list = field(default_factory=list)
    exposed: list = field(default_factory=list)
    transient: list = field(default_factory=list)
    hardlinks: dict = field(default_factory=dict)
    log_format: str = "ENRICHED"
    node: str = "web-01"
    rules: str = "yobitsugi.rules"
    pack: str = "zst"                   # zst, gz or plain
    rotate: bool = False
    later_on_touched: bool = False
    prepare: object = None              # before the recording (a runtime daemon)


class Stage:
    """What an attack may use, and what it leaves to be cleaned."""

    def __init__(self, loop_device):
        self.loop_device = loop_device
        self.marks = []                 # [(epoch, text after @)]
        self.boxes, self.children, self.daemons = [], [], []
        self.unfiltered = lambda yes: None

    def container(self, *args, **more):
        box = Container(*args, **more)
        self.boxes.append(box)
        box.prepare()
        child = box.start(stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        self.children.append(child)
        shown = []
        timer = threading.Timer(120, child.kill)
        timer.start()
        for line in child.stdout:
            line = line.decode(errors="replace").rstrip()
            shown.append(line)
            if line.startswith("@"):
                self.marks.append((time.time(), line[1:]))
        child.wait()
        timer.cancel()
        box.stop()
        if not self.marks or self.marks[-1][1] != "end":
            raise RuntimeError("the attack did not reach its end:\n" + "\n".join(shown))
        self.marks.pop()
        return shown


def bind_mount(stage):
    stage.container("shop", ["/bin/sh", "/entry.sh"], [(H, "/host", "rw")],
                    files={"entry.sh": text("bind-mount-write.sh")})


BIND_MEANT = [
    f"{H}/etc/cron.d/updater", f"{H}/root/.ssh/authorized_keys", f"{H}/etc/systemd/system/telemetry.service",
    f"{H}/etc/kubernetes/manifests/metrics-agent.yaml", f"{H}/opt/.cache", f"{H}/opt/.cache/updater",
    f"{H}/opt/.cache/lib", f"{H}/opt/.cache/lib/state", f"{H}/srv/www/notes.txt", f"{D}/settings.yaml",
    f"{D}/app.conf", f"{D}/ledger.csv", f"{D}/users.db", f"{D}/prices.csv", f"{D}/draft.md",
    f"{D}/releases/2/version.txt", f"{D}/report.pdf", f"{D}/logo.png", f"{D}/logo.png.locked",
    f"{H}/srv/www/index.html", f"{D}/archive.zip", f"{D}/archive.bin", f"{H}/srv/www/keep.txt", f"{D}/config.json",
]
BIND_READ = [f"{D}/secrets/api-token", f"{D}/secrets/db-password", f"{H}/home/sato/notes.txt"]


def nsenter(stage):
    # PID 1 would do in the field. Here a process of the host stands in for it, since
    # some machines refuse even root to look at PID 1.
    stand_in = start_marked(["sleep", "300"])
    stage.children.append(stand_in)
    stage.container("agent", ["/bin/sh", "/entry.sh"], caps=ALL_CAPS, host_pid=True,
                    files={"entry.sh": text("hostpid-nsenter.sh")}, env=[f"PID={stand_in.pid}"])
    stand_in.kill()
    stand_in.wait()


def block_device(stage):
    number = os.stat(stage.loop_device).st_rdev
    stage.container("storage", ["/bin/sh", "/entry.sh"], caps=ALL_CAPS,
                    devices=[{"path": "/dev/hostdisk", "type": "b", "major": os.major(number),
                              "minor": os.minor(number), "fileMode": 0o600, "uid": 0, "gid": 0}],
                    files={"entry.sh": text("block-device-chroot.sh")})


def core_pattern(stage):
    stage.unfiltered(True)
    try:
        stage.container("metrics", ["/bin/sh", "/entry.sh"], [("/proc", "/hostproc", "rw")], caps=ALL_CAPS,
                        files={"entry.sh": text("core-pattern.sh"), "helper.sh": text("core-pattern-helper.sh")})
    finally:
        stage.unfiltered(False)


def runtime_socket(stage):
    create = {"Image": "lab/busybox", "Cmd": ["/bin/sh", "-c", text("runtime-socket-helper.sh")],
              "HostConfig": {"Binds": [f"{H}:/mnt:rw"], "NetworkMode": "none"}}
    with open(stage.daemons[0].client, "rb") as f:
        client = f.read()
    stage.container("ci-runner", ["/bin/sh", "/entry.sh"], [("/run/docker.sock", "/var/run/docker.sock", "rw")],
                    files={"entry.sh": text("runtime-socket.sh"), "create.json": json.dumps(create), "apiclient": client,
                           "var/run/docker.sock": ""})


def inside_only(stage):
    stage.container("shop", ["/bin/sh", "/entry.sh"], [(H, "/host", "rw")], files={"entry.sh": text("inside-only.sh")})


def nothing(stage):
    time.sleep(2)


SCENARIOS = {s.name: s for s in [
    Scenario("bind-mount-write",
             "a container was given the host's root read-write at /host and changes configuration, keys, data and pages through it",
             bind_mount, BIND_MEANT, BIND_READ, later_on_touched=True),
    Scenario("hostpid-nsenter",
             "a privileged container with the host's pid namespace enters the namespaces of a host process and works there as the host",
             nsenter,
             [f"{H}/etc/cron.d/sysstat", f"{H}/usr/local/bin/backup-www", f"{D}/tool.bin", f"{D}/history.log.gz",
              f"{D}/app.conf", f"{D}/releases/2/app.js", f"{D}/releases/1/app.js", f"{D}/releases/1/app.old.js",
              f"{D}/users.db", f"{H}/home/mori/見積.csv", f"{H}/usr/share/motd-lab/banner.txt", f"{H}/srv/www/keep.txt",
              f"{H}/srv/www/robots.txt", f"{D}/secrets", f"{D}/secrets/api-token", f"{D}/secrets/db-password",
              f"{H}/var/spool/cron/crontabs", f"{H}/var/spool/cron/crontabs/root", f"{D}/archive.zip"],
             [f"{H}/etc/shadow", f"{D}/secrets/db-password"], pack="gz"),
    Scenario("block-device-chroot",
             "a container was given the block device of the host's file system, mounts it at /mnt, changes root into it and edits with paths of the host",
             block_device,
             [f"{H}/etc/cron.d/backup", f"{H}/root/.ssh/authorized_keys", f"{H}/etc/systemd/system/app.service",
              f"{D}/shared-terms.txt", f"{D}/releases/2/terms.txt", f"{D}/history.log.gz", f"{D}/tool.bin", f"{H}/etc/passwd",
              f"{D}/q4-plan.txt", f"{H}/srv/www/keep.txt", f"{H}/srv/keep.moved", f"{H}/opt", f"{H}/srv/www/robots.txt",
              f"{H}/srv/www/host.txt"],
             [f"{H}/etc/shadow", f"{H}/root/.ssh/authorized_keys"], [f"{H}/tmp/.c"],
             {f"{D}/releases/2/terms.txt": f"{D}/shared-terms.txt"}, log_format="RAW"),
    Scenario("core-pattern",
             "a container was given the host's /proc at /hostproc, sets core_pattern to a program of its own and crashes; the kernel starts the program on the host",
             core_pattern,
             [f"{H}/etc/cron.d/agent", f"{H}/root/.ssh/authorized_keys", f"{H}/etc/motd", f"{H}/opt/agent.d",
              f"{H}/opt/agent.d/t", f"{D}/config.json", f"{D}/config.json.orig", f"{D}/report.pdf",
              f"{H}/srv/www/robots.txt", f"{D}/settings.yaml"],
             [f"{D}/secrets/api-token"], node=""),
    Scenario("runtime-socket",
             "a container was given dockerd's socket; through it a second container with the host's root is created, started and removed",
             runtime_socket,
             [f"{H}/etc/cron.d/helper", f"{H}/root/.ssh/authorized_keys", f"{D}/app.conf", f"{D}/archive.zip",
              f"{D}/logo.png", f"{D}/releases/1", f"{D}/releases/1/app.js", f"{D}/releases/1/version.txt",
              f"{D}/ledger.csv", f"{H}/srv/www/index.html", f"{H}/srv/www/contact.html"],
             [f"{D}/secrets/db-password"], [f"{D}/archive.tmp"], rotate=True,
             prepare=lambda stage: stage.daemons.append(Dockerd())),
    Scenario("quiet", "no attack: only the ordinary work of the host and of its containers", nothing),
    Scenario("inside-only",
             "a container was given the host's root read-write but only reads there and writes in its own root",
             inside_only, exposed=[f"{H}/ (every file was listed)", f"{D}/app.conf", f"{D}/settings.yaml",
                                   f"{D}/secrets/api-token", f"{H}/srv/www/"]),
    Scenario("bind-mount-light", "bind-mount-write again, recorded with the light rules only",
             bind_mount, BIND_MEANT, BIND_READ, log_format="RAW", rules="yobitsugi-light.rules", pack="plain"),
]}

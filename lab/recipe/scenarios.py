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

from .containers import ALL_CAPS, PLAIN_CAPS, Container
from .dockerd import Dockerd
from .ground import HOST, LAB, RUN, run, run_marked, start_marked, write

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
    legitimate: list = field(default_factory=list)  # what the actor of a benign scenario changes
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


def release_agent(stage):
    stage.unfiltered(True)
    try:
        stage.container("runner", ["/bin/sh", "/entry.sh"], caps=ALL_CAPS,
                        files={"entry.sh": text("release-agent.sh"), "helper.sh": text("release-agent-helper.sh")})
    finally:
        stage.unfiltered(False)


def proc_root(stage):
    stand_in = start_marked(["sleep", "300"])
    stage.children.append(stand_in)
    stage.container("tracer", ["/bin/sh", "/entry.sh"], caps=ALL_CAPS, host_pid=True,
                    files={"entry.sh": text("proc-root.sh")}, env=[f"PID={stand_in.pid}"])
    stand_in.kill()
    stand_in.wait()


def mknod_mount(stage):
    number = os.stat(stage.loop_device).st_rdev
    stage.container("builder", ["/bin/sh", "/entry.sh"], caps=ALL_CAPS, files={"entry.sh": text("mknod-mount.sh")},
                    env=[f"MAJOR={os.major(number)}", f"MINOR={os.minor(number)}"])


def with_host_root(name, script, caps=PLAIN_CAPS):
    """A container that was given the host's root read-write at /host."""
    return lambda stage: stage.container(name, ["/bin/sh", "/entry.sh"], [(H, "/host", "rw")], caps=caps,
                                         files={"entry.sh": text(script)})


def ransom(stage):
    stage.container("blog", ["/bin/sh", "/entry.sh"], [(f"{H}/srv", "/data", "rw")],
                    files={"entry.sh": text("ransom.sh"), "data/.keep": ""})


def ci_build(stage):
    stage.container("ci", ["/bin/sh", "/entry.sh"], caps=ALL_CAPS, files={"entry.sh": text("ci-build.sh")})


def backup_agent(stage):
    volume = f"{H}/var/lib/docker/volumes/backups/_data"
    os.makedirs(volume, exist_ok=True)
    stage.container("backup", ["/bin/sh", "/entry.sh"], [(H, "/host", "ro"), (volume, "/backups", "rw")],
                    files={"entry.sh": text("backup-agent.sh"), "backups/.keep": ""})


def node_agent(stage):
    stage.container("exporter", ["/bin/sh", "/entry.sh"], [("/proc", "/host/proc", "ro"), ("/sys", "/host/sys", "ro")],
                    host_pid=True, files={"entry.sh": text("node-agent.sh"), "host/proc/.keep": "", "host/sys/.keep": ""})


def package_upgrade(stage):
    """An administrator installs what brings a cron job, a unit and a setuid program, and adds a key and an account."""
    tree = f"{LAB}/deb/tools-lab"
    write(f"{tree}/DEBIAN/control", "Package: tools-lab\nVersion: 2.0\nArchitecture: all\n"
          "Maintainer: Lab <lab@example.invalid>\nDescription: tools\n")
    write(f"{tree}/etc/cron.d/tools-lab", "17 * * * * root /usr/bin/tools-lab\n")
    write(f"{tree}/usr/lib/systemd/system/tools-lab.service", "[Service]\nExecStart=/usr/bin/tools-lab\n")
    write(f"{tree}/usr/bin/tools-lab", "#!/bin/sh\nexit 0\n", 0o4755)
    deb = f"{LAB}/deb/tools-lab_2.0_all.deb"
    run(["dpkg-deb", "--root-owner-group", "-Zgzip", "-b", tree, deb])
    for command in [
        f"dpkg --root={H} -i {deb}",
        f"echo 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE5ld0NvbGxlYWd1ZU5vdFJlYWwwMDAwMDAwMDAwMDAw mori' >> {H}/root/.ssh/authorized_keys",
        f"echo 'mori2:x:1003:1003::/home/mori2:/bin/sh' >> {H}/etc/passwd",
        f"sed -i 's/weekly/daily/' {H}/etc/logrotate.d/app",
        f"mkdir -p {H}/etc/systemd/system/multi-user.target.wants && "
        f"ln -s /usr/lib/systemd/system/tools-lab.service {H}/etc/systemd/system/multi-user.target.wants/",
    ]:
        run_marked(["/bin/sh", "-c", command], "1000")
    time.sleep(0.5)


def admin_debug(stage):
    """An administrator enters a running container from the host, looks around, and copies a file in and out."""
    box = Container("shop", ["/bin/sh", "-c", "echo up > /tmp/up; sleep 4; echo down > /tmp/up"],
                    [(f"{H}/var/lib/docker/volumes/web/_data", "/data", "rw")])
    stage.boxes.append(box)
    box.prepare()
    child = box.start(stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
    stage.children.append(child)
    time.sleep(1.5)
    runc = ["runc", "--root", f"{RUN}/runc"]
    state = json.loads(run([*runc, "state", "shop"]))
    run_marked([*runc, "exec", "shop", "/bin/sh", "-c", "ps > /tmp/ps; cat /data/counter; echo 7 > /data/counter"], "1000")
    run_marked(["nsenter", "-t", str(state["pid"]), "-m", "-p", "/bin/sh", "-c", "cat /proc/mounts > /tmp/mounts; ls /data"], "1000")
    run_marked(["/bin/sh", "-c", f"cp {H}/srv/data/app.conf {box.dir}/merged/tmp/app.conf && cp {box.dir}/merged/tmp/ps {H}/home/sato/ps.txt"], "1000")
    child.wait(30)
    box.stop()


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
    Scenario("release-agent",
             "a privileged container mounts a cgroup v1 hierarchy, sets release_agent to a program of its own and lets a group empty; the kernel starts the program on the host",
             release_agent,
             [f"{H}/etc/systemd/system/resolver.timer", f"{H}/etc/systemd/system/resolver.service", f"{H}/opt/.s",
              f"{D}/settings.yaml", f"{D}/archive.zip", f"{D}/shared-terms.txt", f"{D}/old-terms.txt", f"{H}/srv/www/index.html"],
             [f"{H}/etc/shadow"], node=""),
    Scenario("proc-root",
             "a container with the host's pid namespace reaches the host's files through /proc/PID/root of a host process",
             proc_root,
             [f"{H}/root/.ssh/authorized_keys", f"{H}/root/.bashrc", f"{D}/app.conf", f"{D}/prices.csv", f"{D}/logo.png",
              f"{D}/logo.old", f"{H}/srv/www/robots.txt"],
             [f"{D}/secrets/db-password"]),
    Scenario("mknod-mount",
             "a privileged container to which no device was given makes the host's block device itself, mounts it and edits with relative paths",
             mknod_mount,
             [f"{H}/etc/cron.d/quota", f"{H}/etc/passwd", f"{H}/opt/q", f"{D}/ledger.csv", f"{D}/config.json",
              f"{D}/releases/1", f"{D}/releases/1/app.js", f"{D}/releases/1/version.txt"], log_format="RAW"),
    Scenario("chroot-bind", "a container was given the host's root read-write at /host and changes its root into it",
             with_host_root("tools", "chroot-bind.sh"),
             [f"{H}/etc/systemd/system/app.service", f"{H}/etc/ld.so.preload", f"{D}/settings.yaml", f"{D}/releases/2/version.txt",
              f"{D}/report.pdf", f"{D}/report.bak", f"{D}/history.log.gz", f"{H}/var/backups/.old", f"{H}/var/backups/.old/a",
              f"{H}/var/backups/.old/a/u", f"{H}/srv/www/keep.txt"],
             [f"{D}/users.db"], [f"{H}/tmp/busybox"]),
    Scenario("inner-mounts",
             "a container was given the host's root at /host, bind-mounts and moves parts of it inside and names every file by those",
             with_host_root("router", "inner-mounts.sh", ALL_CAPS),
             [f"{H}/etc/cron.d/zone", f"{H}/etc/ssh/sshd_config", f"{D}/ledger.csv", f"{D}/logo.gz", f"{D}/logo.png",
              f"{D}/releases/2/app.js", f"{H}/srv/www/index.html", f"{H}/srv/www/index.old", f"{D}/app.conf"]),
    Scenario("ransom", "a container was given the host's /srv read-write at /data and makes what lies there unreadable",
             ransom,
             [f"{D}/{name}{end}" for name in ("app.conf", "config.json", "settings.yaml", "report.pdf", "logo.png", "archive.zip",
                                              "history.log.gz", "users.db", "shared-terms.txt") for end in ("", ".locked")]
             + [f"{H}/srv/www/{name}" for name in ("index.html", "keep.txt", "robots.txt")]
             + [f"{D}/releases/{name}" for name in ("1", "2", "1/app.js", "1/version.txt", "2/app.js", "2/version.txt", "2/terms.txt")]
             + [f"{D}/releases", f"{H}/srv/READ-ME.txt"],
             hardlinks={f"{D}/releases/2/terms.txt": f"{D}/shared-terms.txt"}),
    Scenario("cover-up", "a container was given the host's root at /host; it leaves a key, and hides it: times put back, logs cut, history removed",
             with_host_root("mailer", "cover-up.sh"),
             [f"{H}/root/.ssh/authorized_keys", f"{D}/app.conf", f"{H}/var/log/auth.log", f"{H}/var/log/wtmp",
              f"{H}/root/.bash_history", f"{H}/home/sato/.bash_history"],
             [f"{H}/var/log/auth.log", f"{H}/root/.ssh/authorized_keys"]),
    Scenario("persistence", "a container was given the host's root at /host and leaves ten ways to be started again",
             with_host_root("cdn", "persistence.sh"),
             [f"{H}/{path}" for path in
              ("usr/local/bin/.sh", "etc/ld.so.preload", "etc/systemd/system/multi-user.target.wants",
               "etc/systemd/system/multi-user.target.wants/probe.service", "etc/systemd/system/probe.service",
               "var/spool/cron/crontabs", "var/spool/cron/crontabs/root", "etc/cron.d/backup", "etc/profile.d",
               "etc/profile.d/10-locale.sh", "root/.bashrc", "etc/passwd", "etc/shadow", "etc/rc.local", "etc/udev",
               "etc/udev/rules.d", "etc/udev/rules.d/99-x.rules")], log_format="RAW"),
    Scenario("ci-build", "no attack: a privileged container builds an image with devices, mounts and roots of its own", ci_build),
    Scenario("backup-agent", "no attack: a backup agent reads the whole host read-only and writes to its volume", backup_agent,
             legitimate=[f"{H}/var/lib/docker/volumes/backups", f"{H}/var/lib/docker/volumes/backups/"],
             exposed=[f"{H}/etc/", f"{H}/srv/", f"{H}/usr/", f"{H}/home/", f"{H}/root/"]),
    Scenario("node-agent", "no attack: a monitoring agent with the host's pid namespace, /proc and /sys, all read-only", node_agent),
    Scenario("package-upgrade", "no attack: an administrator installs a package with a cron job, a unit and a setuid program, adds a key and an account",
             package_upgrade,
             legitimate=[f"{H}/var/lib/dpkg/", f"{H}/etc/", f"{H}/usr/", f"{H}/root/.ssh/authorized_keys", f"{H}/var/log/dpkg.log"]),
    Scenario("admin-debug", "no attack: an administrator enters a running container from the host and copies a file in and out",
             admin_debug, legitimate=[f"{H}/home/sato/ps.txt", f"{H}/var/lib/docker/volumes/web/_data/"]),
]}

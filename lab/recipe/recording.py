"""One recording from an empty machine to a directory of files, and everything put back."""

import glob
import gzip
import json
import os
import platform
import shutil
import signal
import subprocess
import threading
import time

from . import hosttree, legit, oracle
from .auditing import Audit, slice_parts
from .containers import make_image
from .ground import ENV, HOST, LAB, RESTIC_REPO, RUN, SNAPSHOTS, Refused, run, say, utc
from .scenarios import SCENARIOS, Stage

RULES = os.path.normpath(f"{os.path.dirname(os.path.abspath(__file__))}/../../rules/audit")
CORE_PATTERN = "/proc/sys/kernel/core_pattern"
PACKAGES = {"runc": "runc", "busybox": "busybox-static", "auditd": "auditd", "restic": "restic", "zstd": "zstd",
            "mkfs.ext4": "e2fsprogs", "nsenter": "util-linux", "sqlite3": "sqlite3", "setfattr": "attr", "dpkg-deb": "dpkg"}
SOCKET_PACKAGES = {"dockerd": "docker.io", "containerd": "containerd", "gcc": "gcc"}


def install(wanted):
    """`wanted` is {program: package}; what is missing comes with apt, and none of its services start."""
    if os.geteuid() != 0:
        raise Refused("recording needs root (audit rules, mounts, containers); run it with sudo")
    missing = [package for tool, package in wanted.items() if not shutil.which(tool)]
    if missing:
        say(f"installing {' '.join(missing)}")
        # Without this file, installing auditd or docker.io would start their services.
        policy, ours = "/usr/sbin/policy-rc.d", False
        if not os.path.exists(policy):
            with open(policy, "w") as f:
                f.write("#!/bin/sh\nexit 101\n")
            os.chmod(policy, 0o755)
            ours = True
        try:
            env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
            run(["apt-get", "update", "-qq"], env=env, check=False)
            run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing], env=env)
        except (RuntimeError, OSError) as e:
            raise Refused(f"could not install {' '.join(missing)}: {e}")
        finally:
            if ours:
                os.unlink(policy)


def require(names):
    """Refuses with an explanation, or makes sure that the tools are there."""
    install({**PACKAGES, **(SOCKET_PACKAGES if "runtime-socket" in names else {})})
    if os.path.isdir(HOST) and os.listdir(HOST):
        raise Refused(f"{HOST} exists and is not empty; the lab mounts its own file system there")


class Machine:
    """The parts of the machine that a recording changes, and their way back."""

    def __init__(self):
        with open(CORE_PATTERN) as f:
            self.core_pattern = f.read()
        self.groups = set(glob.glob("/sys/fs/cgroup/*/lab") + glob.glob("/sys/fs/cgroup/*/docker")
                          + glob.glob("/sys/fs/cgroup/lab") + glob.glob("/sys/fs/cgroup/docker"))
        self.made_host = not os.path.isdir(HOST)
        self.loop = None

    def mount(self):
        for d in (HOST, LAB, RUN):
            os.makedirs(d, exist_ok=True)
        image = f"{LAB}/host.img"
        if os.path.exists(image):
            os.unlink(image)
        run(["truncate", "-s", "64M", image])
        run(["mkfs.ext4", "-q", "-F", "-U", "6f796269-7473-7567-692d-6c6162686f73", "-E",
             "lazy_itable_init=0,lazy_journal_init=0", image])
        run(["mount", "-o", "loop", image, HOST])
        self.loop = run(["findmnt", "-n", "-o", "SOURCE", HOST]).strip()
        os.rmdir(f"{HOST}/lost+found")

    def put_back(self):
        with open(CORE_PATTERN) as f:
            if f.read() != self.core_pattern:
                with open(CORE_PATTERN, "w") as out:
                    out.write(self.core_pattern)
        for line in reversed(open("/proc/self/mounts").read().splitlines()):
            where = line.split()[1]
            if where == HOST or where.startswith((HOST + "/", LAB + "/", RUN + "/")):
                run(["umount", where], check=False)
        run(["umount", "-l", HOST], check=False)
        for top in ("lab", "docker"):
            for d in glob.glob(f"/sys/fs/cgroup/*/{top}") + glob.glob(f"/sys/fs/cgroup/{top}"):
                if d not in self.groups:
                    run(["find", d, "-depth", "-type", "d", "-exec", "rmdir", "{}", ";"], check=False)
        shutil.rmtree(RUN, ignore_errors=True)
        shutil.rmtree(LAB, ignore_errors=True)
        if self.made_host and os.path.isdir(HOST):
            os.rmdir(HOST)

    def left_behind(self):
        wrong = []
        with open(CORE_PATTERN) as f:
            if f.read() != self.core_pattern:
                wrong.append("core_pattern differs from before")
        mounts = open("/proc/self/mounts").read()
        for place in (HOST, LAB, RUN):
            if f" {place}" in mounts:
                wrong.append(f"something is still mounted at {place}")
            if os.path.exists(place) and not (place == HOST and not self.made_host):
                wrong.append(f"{place} is still there")
        if self.loop and f"{LAB}/host.img" in run(["losetup", "-a"]):
            wrong.append(f"{self.loop} still holds the image")
        for d in glob.glob("/sys/fs/cgroup/*/lab") + glob.glob("/sys/fs/cgroup/*/docker"):
            if d not in self.groups:
                wrong.append(f"cgroup {d} is still there")
        return wrong


def history():
    """The tree and its backups, before anything is recorded."""
    hosttree.build()
    os.makedirs(SNAPSHOTS)
    os.makedirs(os.path.dirname(RESTIC_REPO), exist_ok=True)
    # restic notes the host's name in the repository's key, so it is told the lab's.
    run(["unshare", "--uts", "/bin/sh", "-c", f"hostname web-01 && restic --no-cache -r {RESTIC_REPO} init"], env=ENV)

    def restic():
        run(["/bin/sh", "-c", legit.RESTIC], env=ENV)

    def directory():
        name = time.strftime("%Y-%m-%dT%H-%M-%SZ", time.gmtime())
        run(["cp", "-a", HOST, f"{SNAPSHOTS}/{name}"])
        # The age of a plain copy is the time its top directory was written.
        os.utime(f"{SNAPSHOTS}/{name}")

    restic()
    directory()
    time.sleep(1)
    for n, edits in enumerate(legit.HISTORY):
        for edit in edits:
            run(["/bin/sh", "-c", edit], env=ENV)
        restic()
        time.sleep(1)
    directory()


def record(name, out, keep=True):
    """Records one scenario into `out`; returns recording.json's content."""
    scenario = SCENARIOS[name]
    machine = Machine()
    audit = stage = None
    journal = legit.Journal()
    try:
        machine.mount()
        audit = Audit(f"{RULES}/{scenario.rules}", scenario.log_format, scenario.node, scenario.rotate)
        make_image()
        history()
        stage = Stage(machine.loop)
        stage.unfiltered = audit.unfiltered
        # What a responder would copy from /proc: device numbers in the log become paths
        # with it. Only the two file systems of the recorded host are kept, without the
        # options that are the machine's own affair.
        with open("/proc/self/mountinfo") as f:
            kept = [line.split() for line in f if line.split()[4] in ("/", HOST)]
        mountinfo = "".join(" ".join([*fields[:-1], "rw"]) + "\n" for fields in kept)
        if scenario.prepare:
            scenario.prepare(stage)
        recorded = [time.time()]
        audit.open()
        journal.perform(legit.BEFORE)
        time.sleep(0.5)

        before = oracle.sweep()
        rows_before = len(journal.rows)
        window = [time.time()]
        during = threading.Thread(target=_during, args=(journal,))
        during.start()
        scenario.attack(stage)
        window.append(time.time())
        during.join()
        if journal.failure:
            raise journal.failure
        after = oracle.sweep()

        # Between the two sweeps only these steps ran; earlier ones may share paths with the attack.
        legit_meanwhile = journal.paths(rows_before) + scenario.legitimate
        steps = legit.AFTER[:3] + ([legit.LATER_ON_TOUCHED] if scenario.later_on_touched else []) + legit.AFTER[3:]
        journal.perform(steps)
        recorded.append(time.time())
        audit.close()
        final = oracle.sweep()
        truth = make_truth(scenario, before, after, final, journal, legit_meanwhile, stage, window, recorded)
        parts, numbers = slice_parts(audit.parts())
        info = {
            "scenario": name, "description": scenario.description, "made_by": f"lab/record {name} {name}",
            "recorded_utc": [utc(t) for t in recorded], "kernel": platform.release().split("-")[0],
            "distribution": "Debian " + open("/etc/debian_version").read().strip(),
            "versions": versions(name), "log_format": scenario.log_format, "node": scenario.node or None,
            "rules": f"rules/audit/{scenario.rules}", "rules_loaded": audit.loaded,
            "records_lost_by_kernel": audit.lost, **numbers,
            "touched": len(truth["touched"]), "legitimate_steps": len(journal.rows),
            "legitimate_changes": len([p for p in oracle.difference(before, final) if p not in truth["touched"]]),
            "changed_by_the_recipe": [
                "events of processes outside the lab are not in the log: one rule in front of all others drops them by a personality bit that the lab's processes carry, and the slice removes the few that have none",
                "the field per=2000000 (that bit) is removed from each SYSCALL record",
                "serial numbers of the kept events are closed up, since the removed events are not losses; order and times are the kernel's",
                "`-F dir=` and `-F path=` of the shipped rules are prefixed with /srv/host (not /run, not /proc), because the host's root of the lab lies there",
                "auditd resolves uids with the lab's passwd (sato, mori, www-data)",
                "the kernel's release is shortened to its number, in the record DAEMON_START and here",
            ],
        }
        if keep:
            pack(scenario, out, parts, before, after, final, truth, info, mountinfo)
        return info
    finally:
        put_everything_back(audit, stage, journal, machine)


def _during(journal):
    try:
        journal.perform(legit.DURING)
    except BaseException as e:  # carried to the main thread
        journal.failure = e


def put_everything_back(audit, stage, journal, machine):
    # A second signal must not interrupt the way back.
    handlers = {n: signal.signal(n, signal.SIG_IGN) for n in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)}
    try:
        _put_back(audit, stage, journal, machine)
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


def _put_back(audit, stage, journal, machine):
    if audit:
        audit.close()
    if stage:
        for child in stage.children:
            if child.poll() is None:
                child.kill()
        for daemon in stage.daemons:
            daemon.close()
    for box in journal.containers + (stage.boxes if stage else []):
        box.clean()
    machine.put_back()
    wrong = (audit.put_back() if audit else []) + machine.left_behind()
    if wrong:
        say("NOT put back: " + "; ".join(wrong))
        raise RuntimeError("the machine is not as it was")
    say("put back: audit rules and state, core_pattern, mounts, loop device, cgroups, daemons")


def write_table(where):
    """Rewrites the table between the two marks of where/README.md, if there is one."""
    readme = f"{where}/README.md"
    if not os.path.exists(readme):
        return
    rows = ["| scenario | format, rules | records | log bytes | lost | touched | legitimate steps / changed paths | packed KiB |",
            "|---|---|--:|--:|--:|--:|--:|--:|"]
    for name in SCENARIOS:
        if not os.path.exists(f"{where}/{name}/recording.json"):
            continue
        with open(f"{where}/{name}/recording.json") as f:
            i = json.load(f)
        size = sum(os.path.getsize(os.path.join(d, f)) for d, _, fs in os.walk(f"{where}/{name}") for f in fs)
        rules = os.path.basename(i["rules"]).replace("yobitsugi-light.rules", "light").replace("yobitsugi.rules", "full")
        rows.append(f"| `{name}` | {i['log_format']}, {rules}, {'node=' + i['node'] if i['node'] else 'no node='} | {i['records']} "
                    f"| {i['bytes']} | {i['records_lost_by_kernel']} | {i['touched']} | {i['legitimate_steps']} / "
                    f"{i['legitimate_changes']} | {size // 1024} |")
    with open(readme) as f:
        text = f.read()
    head, rest = text.split("<!-- table -->\n", 1)
    tail = rest.split("<!-- /table -->", 1)[1]
    with open(readme, "w") as f:
        f.write(head + "<!-- table -->\n" + "\n".join(rows) + "\n<!-- /table -->" + tail)


def make_truth(scenario, before, after, final, journal, legit_paths, stage, window, recorded):
    changed = oracle.difference(before, after)
    touched = {p: c for p, c in changed.items() if not oracle.matches(p, legit_paths)}
    for path, origin in scenario.hardlinks.items():
        if path in touched:
            touched[path]["via_hardlink"] = origin
    if set(touched) != set(scenario.meant):
        raise RuntimeError(f"touched but not meant: {sorted(set(touched) - set(scenario.meant))}; "
                           f"meant but not touched: {sorted(set(scenario.meant) - set(touched))}")
    clean = {p: before[p]["sha256"] for p in touched if "sha256" in before.get(p, {})}
    backups = oracle.contents_of_backups()
    sources = {
        p: {"exact": [name for name, files in backups if files.get(p) == sha],
            "other_versions": [name for name, files in backups if p in files and files[p] != sha]}
        for p, sha in clean.items()
    }
    later = {p: c for p, c in oracle.difference(after, final).items() if p in touched}
    return {
        "scenario": scenario.name, "description": scenario.description,
        "window_utc": [utc(t) for t in window], "window_epoch": window,
        "recorded_utc": [utc(t) for t in recorded], "host_root": HOST,
        "touched": touched, "transient": scenario.transient, "later_legit_on_touched": later,
        "exposed_reads": scenario.exposed,
        "crossing": [{"attack_id": m.split()[0], "what": m.split(" ", 1)[1], "utc": utc(t), "epoch": t}
                     for t, m in stage.marks],
        "clean_sha256": clean, "sources": sources,
        "backups": [{"source": name, "files": len(files)} for name, files in backups],
        "legit": journal.rows,
        "legit_changed": sorted(p for p in oracle.difference(before, final) if p not in touched),
    }


def versions(name):
    def first(argv):
        return run(argv, check=False).splitlines()[0].strip()

    found = {"auditctl": first(["auditctl", "-v"]), "runc": first(["runc", "--version"]),
             "restic": first(["restic", "version"]), "busybox": first(["busybox"]), "zstd": first(["zstd", "--version"])}
    if name == "runtime-socket":
        found["dockerd"] = first(["dockerd", "--version"])
    return found


def pack(scenario, out, parts, before, after, final, truth, info, mountinfo):
    shutil.rmtree(out, ignore_errors=True)
    os.makedirs(f"{out}/evidence")
    os.makedirs(f"{out}/backup")
    os.makedirs(f"{out}/host")
    with open(f"{out}/host/mountinfo", "w") as f:
        f.write(mountinfo)

    def squeezed(path, data):
        subprocess.run(["zstd", "-q", "-19", "--long=24", "-f", "-o", path, "-"], input=data, check=True)

    for name, body in parts:
        if scenario.pack == "plain":
            with open(f"{out}/evidence/{name}", "wb") as f:
                f.write(body)
        elif scenario.pack == "gz":
            with open(f"{out}/evidence/{name}.gz", "wb") as f:
                f.write(gzip.compress(body, 9, mtime=0))
        else:
            squeezed(f"{out}/evidence/{name}.zst", body)
    for name, value in (("before", before), ("after", after), ("final", final)):
        squeezed(f"{out}/{name}.json.zst", json.dumps(value, ensure_ascii=False, indent=0).encode())

    def tarred(path, where, *names):
        tar = subprocess.run(["tar", "--numeric-owner", "--xattrs", "--xattrs-include=user.*", "--sort=name",
                              "--format=posix", "--pax-option=delete=atime,delete=ctime", "-C", where, "-c", *names],
                             stdout=subprocess.PIPE, check=True)
        squeezed(path, tar.stdout)

    tarred(f"{out}/target.tar.zst", os.path.dirname(HOST), os.path.basename(HOST))
    tarred(f"{out}/backup/restic.tar.zst", os.path.dirname(RESTIC_REPO), "restic")
    tarred(f"{out}/backup/snapshots.tar.zst", os.path.dirname(SNAPSHOTS), "snapshots")
    info["evidence"] = {f: os.path.getsize(f"{out}/evidence/{f}") for f in sorted(os.listdir(f"{out}/evidence"))}
    for name, value in (("truth", truth), ("recording", info)):
        with open(f"{out}/{name}.json", "w") as f:
            json.dump(value, f, ensure_ascii=False, indent=1)
            f.write("\n")
    total = sum(os.path.getsize(os.path.join(d, f)) for d, _, fs in os.walk(out) for f in fs)
    say(f"{scenario.name}: {info['records']} records, {info['touched']} touched, {total // 1024} KiB in {out}")
    if total > 1_500_000:
        raise RuntimeError(f"{out} is {total} bytes; the limit of a recording is 1.5 MB")

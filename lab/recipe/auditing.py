"""Real auditd under our own configuration, and the slice of its log that we keep.

Everything that is changed on the machine here (rules, the enabled flag, the backlog)
is noted in `__init__` and put back in `close`."""

import binascii
import os
import platform
import re
import signal
import subprocess
import time

from .ground import HOST, LAB, MARK, Refused, run
from .hosttree import GROUP, PASSWD

FILTER = f"never,exit -S all -F pers!={MARK:#x} -F key=lab-filter"
DIR = f"{LAB}/audit"


def status():
    out = run(["auditctl", "-s"])
    return {k: v for k, v in (line.split(None, 1) for line in out.splitlines() if " " in line)}


class Audit:
    def __init__(self, rules_file, log_format, node, rotate):
        try:
            self.status = status()
        except (RuntimeError, OSError, ValueError) as e:
            raise Refused(f"the kernel's audit interface does not answer ({e}); it needs root with CAP_AUDIT_CONTROL")
        if self.status.get("pid", "0") != "0":
            raise Refused("an audit daemon is already running on this machine; the lab will not disturb it")
        self.rules_before = run(["auditctl", "-l"])
        self.daemon = None
        self.log = f"{DIR}/log/audit.log"
        run(["rm", "-rf", DIR])
        os.makedirs(f"{DIR}/log", mode=0o700)
        os.makedirs(f"{DIR}/plugins")
        self._write_rules(rules_file)
        with open(f"{DIR}/auditd.conf", "w") as conf:
            conf.write(
                f"log_file = {self.log}\nlog_format = {log_format}\nlog_group = root\nwrite_logs = yes\n"
                f"local_events = yes\nflush = incremental_async\nfreq = 50\nplugin_dir = {DIR}/plugins\n"
                f"max_log_file = {1 if rotate else 200}\nnum_logs = 20\nmax_log_file_action = {'rotate' if rotate else 'ignore'}\n"
                + (f"name_format = user\nname = {node}\n" if node else "name_format = none\n")
                + "space_left = 75\nspace_left_action = ignore\nadmin_space_left = 50\nadmin_space_left_action = ignore\n"
                "disk_full_action = ignore\ndisk_error_action = ignore\n"
            )
        for name, text in (("passwd", PASSWD), ("group", GROUP)):
            with open(f"{DIR}/{name}", "w") as out:
                out.write(text)

    def _write_rules(self, source):
        """Our shipped rules, with their directories moved below /srv/host, where the
        lab's host root is. Sockets and /proc stay: those are the machine's real ones."""
        with open(source) as f:
            text = f.read()
        text = re.sub(r"-F (dir|path)=/(?!run/|proc/)", rf"-F \1={HOST}/", text)
        text = re.sub(r"(?m)^#(-a .*srv/data/secrets)", r"\1", text)  # the example of your own place
        text = text.replace("-F dir=/srv/data/secrets", f"-F dir={HOST}/srv/data/secrets")
        with open(f"{DIR}/yobitsugi.rules", "w") as out:
            out.write(text)
        self.keys = sorted(set(re.findall(r"(?m)^-a .*key=(\S+)", text)))

    def open(self):
        # The daemon resolves uids with the lab's own passwd, bound over /etc/passwd in a
        # mount namespace of the daemon alone, so ENRICHED records name sato and mori.
        # It is started before the rules, as at boot, so the log opens with their loading.
        run(["auditctl", "-b", "32768", "--backlog_wait_time", "60000"])
        self.daemon = subprocess.Popen(
            ["unshare", "-m", "--propagation", "private", "/bin/sh", "-c",
             f"mount --bind {DIR}/passwd /etc/passwd && mount --bind {DIR}/group /etc/group && "
             f"exec /sbin/auditd -n -c {DIR} -s enable"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        for _ in range(100):
            if status().get("pid") == str(self.daemon.pid):
                break
            if self.daemon.poll() is not None:
                raise Refused("auditd ended at once; see its messages with `auditd -f`")
            time.sleep(0.05)
        else:
            raise Refused("auditd did not register with the kernel within 5 s")
        self.unfiltered(False)
        # -i in the file: directories and sockets that are not there are skipped.
        subprocess.run(["auditctl", "-R", f"{DIR}/yobitsugi.rules"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.loaded = len(run(["auditctl", "-l"]).splitlines()) - 1

    def unfiltered(self, yes):
        """Programs that the kernel starts itself do not carry our mark; for those
        moments the filter is taken away and the slice is sorted out afterwards."""
        run(["auditctl", "-d" if yes else "-A", *FILTER.split()])

    def settle(self):
        for _ in range(300):
            if status().get("backlog") == "0":
                break
            time.sleep(0.1)
        time.sleep(0.5)

    def close(self):
        """Puts everything back; safe to call twice and at any point."""
        if self.daemon and self.daemon.poll() is None:
            self.settle()
            self.lost = int(status()["lost"]) - int(self.status["lost"])
        run(["auditctl", "-e", self.status["enabled"]], check=False)
        if self.daemon and self.daemon.poll() is None:
            self.daemon.send_signal(signal.SIGTERM)
            try:
                self.daemon.wait(10)
            except subprocess.TimeoutExpired:
                self.daemon.kill()
                self.daemon.wait()
        self.daemon = None
        for key in ["lab-filter", *self.keys]:
            run(["auditctl", "-D", "-k", key], check=False)
        run(["auditctl", "-b", self.status["backlog_limit"]], check=False)
        run(["auditctl", "--backlog_wait_time", self.status["backlog_wait_time"]], check=False)

    def put_back(self):
        """Problems left behind, as text; empty when all is as it was."""
        wrong = []
        now = status()
        for k in ("enabled", "backlog_limit", "backlog_wait_time", "pid"):
            if now.get(k) != self.status.get(k):
                wrong.append(f"audit {k} is {now.get(k)}, was {self.status.get(k)}")
        if run(["auditctl", "-l"]) != self.rules_before:
            wrong.append("audit rules differ from before")
        return wrong

    def parts(self):
        """The log files, oldest first (auditd numbers rotated parts upwards)."""
        names = sorted(os.listdir(f"{DIR}/log"), key=lambda n: -int(n.rsplit(".", 1)[1]) if n[-1].isdigit() else 0)
        return [(n, open(f"{DIR}/log/{n}", "rb").read()) for n in names]


def leak_patterns():
    """Patterns of which any in a recording means that something of the machine leaked in:
    this checkout, the recorder's working directory, interpreter, cgroups and kernel
    build, and the directories of compilers that may be running beside us."""
    found = [rb"/crates/", rb"/target/(debug|release)/", rb"\.cargo", rb"\.rustup", rb"rustc"]
    places = {os.path.realpath(f"{os.path.dirname(os.path.abspath(__file__))}/../.."), os.getcwd()}
    with open("/proc/self/cgroup") as f:
        places |= {line.rstrip("\n").split(":", 2)[2] for line in f}
    found += [re.escape(p.encode()) + rb"(?=/|$|\W)" for p in places if p.count("/") > 1]
    suffix = platform.release().partition("-")[2]
    return [re.compile(p) for p in found + ([re.escape(suffix.encode())] if len(suffix) > 3 else [])]


_EVENT = re.compile(rb"msg=audit\((\d+\.\d+):(\d+)\)")
_MARK = b" per=%x" % MARK


def slice_parts(parts):
    """Keeps the lab's events, strips the mark. Returns (parts, numbers about it).

    An event is ours when its SYSCALL record carries the mark, or when its process is or
    descends from a program started by the kernel itself (ppid 2), or when it has no
    SYSCALL record and is about such a pid or about audit itself.

    The removed events would leave gaps in the serial numbers, which a reader must take
    for lost records. The kernel's own numbers are without gaps here (checked), so the
    kept events are numbered anew, in the same order and without gaps."""
    events, order, release = {}, [], platform.release().encode()
    for index, (_, body) in enumerate(parts):
        for line in body.splitlines(keepends=True):
            found = _EVENT.search(line)
            key = found.groups() if found else (b"", str(len(order)).encode())
            if key not in events:
                events[key] = []
                order.append(key)
            events[key].append((index, line))

    def number(line, name):
        m = re.search(rb"\b" + name + rb"=(\d+)", line)
        return m and m.group(1)

    marked_pids, helpers, parent, first_marked = set(), set(), {}, (b"~",)
    for key in order:
        syscall = next((l for _, l in events[key] if b"type=SYSCALL" in l), None)
        if syscall is None:
            continue
        if _MARK in syscall:
            marked_pids.add(number(syscall, b"pid"))
            first_marked = min(first_marked, key)
        else:
            parent[number(syscall, b"pid")] = number(syscall, b"ppid")
    # The kernel's helpers are children of kthreadd; a child's event may come first.
    while True:
        more = {pid for pid, ppid in parent.items() if ppid == b"2" or ppid in helpers} - helpers
        if not more:
            break
        helpers |= more

    ours = []
    for key in order:
        lines = [l for _, l in events[key]]
        syscall = next((l for l in lines if b"type=SYSCALL" in l), None)
        text = b"".join(lines)
        pid = number(syscall or text, b"pid")
        loading = b"op=add_rule" in text and b"lab-filter" not in text and key < first_marked
        mine = loading or pid in helpers or (_MARK in syscall if syscall else b"type=DAEMON_" in text or pid in marked_pids)
        if mine:
            ours.append(key)

    def from_kernel(key):  # auditd numbers its own DAEMON_ events from a count of its own
        return b"type=DAEMON_" not in events[key][0][1]

    serials = sorted(int(k[1]) for k in order if from_kernel(k))
    gaps = [n for n, m in zip(serials, serials[1:]) if m != n + 1]
    if gaps:
        raise RuntimeError(f"the kernel's serial numbers have gaps after {gaps[:5]}: records were lost")
    kept_serials = sorted(int(k[1]) for k in ours if from_kernel(k))
    renumbered = {old: serials[0] + i for i, old in enumerate(kept_serials)}

    kept, records = [b""] * len(parts), 0
    for key in ours:
        old = b":%s)" % key[1]
        new = b":%d)" % renumbered[int(key[1])] if from_kernel(key) else old
        for index, line in events[key]:
            # DAEMON_START tells the kernel's release; a builder's suffix tells of the machine.
            line = line.replace(old, new, 1).replace(_MARK, b"")
            kept[index] += line.replace(release, release.split(b"-")[0])
            records += 1
    dropped = len(order) - len(ours)
    out = [(name, body) for (name, _), body in zip(parts, kept)]
    for name, body in out:
        check_leaks(name, body)
    return out, {"records": records, "events": len(ours), "foreign_events_removed": dropped,
                 "bytes": sum(len(b) for b in kept)}


def check_leaks(name, body):
    leaks = leak_patterns()
    for line in body.splitlines():
        for shown in (line, *(binascii.unhexlify(h) for h in re.findall(rb"=((?:[0-9A-F]{2}){4,})\b", line))):
            for leak in leaks:
                if leak.search(shown):
                    raise RuntimeError(f"{name} holds {leak.pattern!r}: {shown[:300]!r}; not kept")

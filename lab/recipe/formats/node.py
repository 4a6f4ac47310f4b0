"""A host of its own for the engines and the journal: names, places and network that are not the machine's."""

import glob
import os
import signal
import subprocess
import time

from ..containers import IMAGE, make_image
from ..ground import ENV, LAB, run

MACHINE_ID = "6e6f6465316e6f6465316e6f64653101"
PLACES = ("/var/lib/docker", "/var/lib/containerd", "/var/lib/containers", "/var/lib/kubelet", "/var/lib/cni", "/var/log",
          "/etc/docker", "/etc/containerd", "/opt/cni", "/srv", "/root", "/home")
# What the engines may leave in the cgroup hierarchies of the machine.
GROUPS = ("docker", "k8s.io", "kubepods", "default", "system.slice", "user.slice", "machine.slice", "libpod_parent", "buildkit")
SHELL = r"""
set -e
mount --make-rshared /   # as systemd has it; the machine is not reached, unshare cut the propagation
hostname "$1"; lab=$2
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/lock /run/netns /run/systemd /run/log
shift 2
for d in "$@"; do
  [ -d "$d" ] || continue
  mkdir -p "$lab$d"; mount --bind "$lab$d" "$d"
done
for f in /etc/machine-id /etc/hostname /etc/hosts /etc/resolv.conf; do mount --bind "$lab$f" "$f"; done
mount -t tmpfs -o mode=1777 tmpfs /tmp
ip link set lo up
exec sleep infinity
"""


class Node:
    """A mount, UTS and network namespace, held open by a sleeping process. Pids are the machine's own, as
    on a real host. Whatever runs in it is found by its mount namespace or cgroup and ended in `close`."""

    def __init__(self, name):
        self.name, self.root, self.children = name, f"{LAB}/{name}", []
        os.makedirs(f"{self.root}/etc", exist_ok=True)
        for path, text in (("machine-id", MACHINE_ID), ("hostname", name), ("hosts", f"127.0.0.1 localhost\n127.0.1.1 {name}"),
                           ("resolv.conf", "nameserver 192.0.2.53")):
            with open(f"{self.root}/etc/{path}", "w") as out:
                out.write(text + "\n")
        self.made = [p for p in PLACES if not os.path.isdir(p)]
        for place in self.made:
            os.makedirs(place)
        self.groups = {g for g in _groups() if os.path.isdir(g)}
        self.init = subprocess.Popen(["unshare", "--mount", "--uts", "--net", "--propagation", "private", "/bin/sh", "-c", SHELL,
                                      "lab", name, self.root, *PLACES], env=ENV, cwd="/", start_new_session=True)
        # The recorder's own cgroup must not be the parent of the node's.
        for hierarchy in glob.glob("/sys/fs/cgroup/*/cgroup.procs"):
            with open(hierarchy, "w") as out:
                out.write(str(self.init.pid))
        for _ in range(100):
            if "sleep" in open(f"/proc/{self.init.pid}/comm").read():
                break
            if self.init.poll() is not None:
                raise RuntimeError(f"the node {name} did not start")
            time.sleep(0.05)
        self.space = os.readlink(f"/proc/{self.init.pid}/ns/mnt")

    def argv(self, argv, network=True):
        # Joining the root cgroups first, so that no path of the recorder's own shows in /proc/PID/cgroup.
        join = 'for f in /sys/fs/cgroup/*/cgroup.procs; do echo $$ >"$f"; done; exec "$@"'
        spaces = ["-m", "-u"] + (["-n"] if network else [])
        return ["/bin/sh", "-c", join, "lab", "nsenter", "-t", str(self.init.pid), *spaces, "--", *argv]

    def start(self, argv, network=True, unit=None, **more):
        """A daemon. `unit` puts it into the cgroup where systemd would have it."""
        if unit:
            group = f"/sys/fs/cgroup/unified/system.slice/{unit}"
            os.makedirs(group, exist_ok=True)
            argv = ["/bin/sh", "-c", f'echo $$ >{group}/cgroup.procs; exec "$@"', "lab", *argv]
        child = subprocess.Popen(self.argv(argv, network), env={**ENV, **more.pop("env", {})}, cwd="/", start_new_session=True, **more)
        self.children.append(child)
        return child

    def run(self, argv, network=True, check=True, **more):
        argv = ["/bin/sh", "-c", argv] if isinstance(argv, str) else argv
        return run(self.argv(argv, network), check=check, cwd="/", env={**ENV, **more.pop("env", {})}, **more)

    def wait(self, argv, seconds=20):
        for _ in range(seconds * 10):
            if subprocess.run(self.argv(argv), env=ENV, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0:
                return
            time.sleep(0.1)
        raise RuntimeError(f"{argv} did not succeed within {seconds} s")

    def read(self, path):
        """A file of the node by its own name for it."""
        with open(f"/proc/{self.init.pid}/root{path}", "rb") as f:
            return f.read()

    def stop(self, child):
        """Asks a daemon to end and waits: in the reverse order of their starts nothing waits for another in vain."""
        if child.poll() is None:
            child.terminate()
            try:
                child.wait(15)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()

    def close(self):
        for child in reversed(self.children):
            self.stop(child)
        # Shims and container programs have left their parents; they are found by namespace and by cgroup.
        for _ in range(50):
            left = self._left()
            for pid in left:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            if not left:
                break
            time.sleep(0.1)
        self.init.wait(5)
        for _ in range(20):  # a group of a process that ended just now is busy for a moment
            ours = [g for g in _groups() if g not in self.groups and os.path.isdir(g)]
            for group in ours:
                run(["find", group, "-depth", "-type", "d", "-exec", "rmdir", "{}", ";"], check=False)
            if not ours:
                break
            time.sleep(0.1)
        for place in self.made:
            try:
                os.rmdir(place)
            except OSError:
                pass
        wrong = [g for g in _groups() if g not in self.groups and os.path.isdir(g)] + self._left()
        if wrong:
            raise RuntimeError(f"left behind: {wrong}")

    def _left(self):
        found = set()
        for entry in glob.glob("/proc/[0-9]*"):
            try:
                if os.readlink(f"{entry}/ns/mnt") == self.space:
                    found.add(int(entry[6:]))
            except OSError:
                pass
        for group in _groups():
            if group not in self.groups:
                for procs in glob.glob(f"{group}/**/cgroup.procs", recursive=True):
                    try:
                        found |= {int(p) for p in open(procs).read().split()}
                    except OSError:
                        pass
        return sorted(found)


def _groups():
    return [f"{h.rstrip('/')}/{g}" for h in glob.glob("/sys/fs/cgroup/*/") for g in GROUPS]


def image_tar(path):
    """The root file system of every image here, as a tar: Debian's static busybox."""
    make_image()
    run(["tar", "-C", IMAGE, "--sort=name", "--mtime=@1763942400", "--owner=0", "--group=0", "--numeric-owner", "-cf", path, "."])

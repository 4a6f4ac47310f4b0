"""Containers made on the spot: busybox on overlayfs, started by Debian's runc."""

import json
import os
import shutil
import subprocess

from .ground import LAB, RUN, run, run_marked, start_marked

IMAGE = f"{LAB}/image"
# Everything a privileged container gets, except CAP_SYS_RESOURCE: where the machine's
# own root lacks it, runc fails on a full set, and no scenario needs it.
ALL_CAPS = """CAP_AUDIT_CONTROL CAP_AUDIT_READ CAP_AUDIT_WRITE CAP_BLOCK_SUSPEND CAP_BPF CAP_CHECKPOINT_RESTORE
CAP_CHOWN CAP_DAC_OVERRIDE CAP_DAC_READ_SEARCH CAP_FOWNER CAP_FSETID CAP_IPC_LOCK CAP_IPC_OWNER CAP_KILL CAP_LEASE
CAP_LINUX_IMMUTABLE CAP_MAC_ADMIN CAP_MAC_OVERRIDE CAP_MKNOD CAP_NET_ADMIN CAP_NET_BIND_SERVICE CAP_NET_BROADCAST
CAP_NET_RAW CAP_PERFMON CAP_SETFCAP CAP_SETGID CAP_SETPCAP CAP_SETUID CAP_SYSLOG CAP_SYS_ADMIN CAP_SYS_BOOT
CAP_SYS_CHROOT CAP_SYS_MODULE CAP_SYS_NICE CAP_SYS_PACCT CAP_SYS_PTRACE CAP_SYS_RAWIO CAP_SYS_TIME
CAP_SYS_TTY_CONFIG CAP_WAKE_ALARM""".split()
PLAIN_CAPS = """CAP_CHOWN CAP_DAC_OVERRIDE CAP_FOWNER CAP_FSETID CAP_KILL CAP_MKNOD CAP_NET_BIND_SERVICE CAP_NET_RAW
CAP_SETFCAP CAP_SETGID CAP_SETPCAP CAP_SETUID CAP_SYS_CHROOT CAP_AUDIT_WRITE""".split()


def make_image():
    """The one image: busybox with a link for each applet."""
    run(["rm", "-rf", IMAGE])
    for d in ("bin", "etc", "tmp", "proc", "sys", "dev", "host", "data", "hostproc", "mnt", "run", "var/log", "root"):
        os.makedirs(f"{IMAGE}/{d}")
    shutil.copy("/usr/bin/busybox", f"{IMAGE}/bin/busybox")
    for applet in run(["busybox", "--list"]).split():
        if applet not in ("busybox", "["):
            os.symlink("busybox", f"{IMAGE}/bin/{applet}")
    with open(f"{IMAGE}/etc/passwd", "w") as f:
        f.write("root:x:0:0:root:/root:/bin/sh\n")


class Container:
    """`binds` is [(on the host, in the container, "rw" or "ro")]."""

    def __init__(self, name, args, binds=(), caps=PLAIN_CAPS, host_pid=False, devices=(), files=None, env=()):
        self.name, self.args, self.binds, self.caps = name, args, list(binds), caps
        self.host_pid, self.devices, self.env = host_pid, list(devices), list(env)
        self.files = files or {}
        self.dir = f"{LAB}/c/{name}"
        self.mounted = False

    def prepare(self):
        """Layers and configuration; by the recorder, as an image pull long before."""
        run(["rm", "-rf", self.dir])
        for d in ("diff", "work", "merged"):
            os.makedirs(f"{self.dir}/{d}")
        layer = f"{self.dir}/layer"
        os.makedirs(layer)
        for path, text in self.files.items():
            os.makedirs(os.path.dirname(f"{layer}/{path}") or layer, exist_ok=True)
            with open(f"{layer}/{path}", "wb") as f:
                f.write(text if isinstance(text, bytes) else text.encode())
            os.chmod(f"{layer}/{path}", 0o755)
        with open(f"{self.dir}/config.json", "w") as f:
            json.dump(self.config(), f, indent=1)

    def config(self):
        caps = {k: self.caps for k in ("bounding", "effective", "permitted")}
        mounts = [
            {"destination": "/proc", "type": "proc", "source": "proc"},
            {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "mode=755", "size=65536k"]},
            {"destination": "/dev/pts", "type": "devpts", "source": "devpts", "options": ["newinstance", "ptmxmode=0666", "mode=0620"]},
            {"destination": "/dev/shm", "type": "tmpfs", "source": "shm", "options": ["nosuid", "mode=1777", "size=65536k"]},
        ]
        for source, target, mode in self.binds:
            mounts.append({"destination": target, "type": "bind", "source": source, "options": ["rbind", mode]})
        spaces = [{"type": t} for t in ("mount", "uts", "ipc", "network")]
        if not self.host_pid:
            spaces.append({"type": "pid"})
        return {
            "ociVersion": "1.0.2",
            "process": {"terminal": False, "user": {"uid": 0, "gid": 0}, "args": self.args, "cwd": "/",
                        "env": ["PATH=/bin", "HOME=/root", *self.env], "capabilities": caps, "noNewPrivileges": False},
            "root": {"path": "merged", "readonly": False},
            "hostname": self.name,
            "mounts": mounts,
            "linux": {
                "namespaces": spaces, "cgroupsPath": f"/lab/{self.name}", "devices": self.devices,
                "resources": {"devices": [{"allow": True, "access": "rwm"}]},
            },
        }

    def start(self, auid="-", **more):
        """The rootfs is mounted and runc started as a container engine would: recorded."""
        d = self.dir
        run_marked(["mount", "-t", "overlay", "overlay",
                    "-o", f"lowerdir={d}/layer:{IMAGE},upperdir={d}/diff,workdir={d}/work", f"{d}/merged"])
        self.mounted = True
        return start_marked(["runc", "--root", f"{RUN}/runc", "run", "--bundle", d, self.name], auid, **more)

    def run(self, **more):
        child = self.start(stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **more)
        out, _ = child.communicate(timeout=120)
        self.stop()
        if child.returncode != 0:
            raise RuntimeError(f"container {self.name} ended with {child.returncode}: {out.decode(errors='replace')[-1500:]}")
        return out.decode(errors="replace")

    def stop(self):
        if self.mounted:
            run_marked(["umount", f"{self.dir}/merged"])
            self.mounted = False

    def clean(self):
        """For the trap: whatever state the container is in."""
        run(["runc", "--root", f"{RUN}/runc", "delete", "--force", self.name], check=False)
        run(["umount", "-l", f"{self.dir}/merged"], check=False)
        self.mounted = False

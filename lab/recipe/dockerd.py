"""A Docker daemon of the lab's own: Debian's, with its own roots and no network."""

import os
import signal
import subprocess
import time

from .containers import IMAGE
from .ground import ENV, LAB, RUN, Refused, run, start_marked

SOCKET = "/run/docker.sock"  # the place the shipped rules name


class Dockerd:
    def __init__(self):
        if os.path.exists(SOCKET):
            raise Refused(f"{SOCKET} exists: a Docker daemon of this machine is not for the lab")
        self.client = f"{LAB}/apiclient"
        here = os.path.dirname(os.path.abspath(__file__))
        run(["gcc", "-static", "-s", "-O1", "-o", self.client, f"{here}/apiclient.c"])
        os.makedirs(f"{LAB}/docker", exist_ok=True)
        # Its network would change the machine's firewall; no scenario needs one.
        self.child = start_marked(
            ["dockerd", "--data-root", f"{LAB}/docker", "--exec-root", f"{RUN}/docker", "--pidfile", f"{RUN}/docker.pid",
             "-H", f"unix://{SOCKET}", "--bridge=none", "--iptables=false", "--ip6tables=false", "--ip-forward=false",
             "--ip-masq=false", "--storage-driver=overlay2", "--exec-opt", "native.cgroupdriver=cgroupfs"],
            stdout=open(f"{LAB}/dockerd.log", "w"), stderr=subprocess.STDOUT)
        for _ in range(200):
            if subprocess.run(["/usr/bin/docker", "-H", f"unix://{SOCKET}", "version"], env=ENV,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0:
                break
            if self.child.poll() is not None:
                raise Refused(f"dockerd ended at once; see {LAB}/dockerd.log")
            time.sleep(0.1)
        tar = subprocess.Popen(["tar", "-C", IMAGE, "-c", "."], stdout=subprocess.PIPE)
        run(["/usr/bin/docker", "-H", f"unix://{SOCKET}", "import", "-", "lab/busybox"], env=ENV, stdin=tar.stdout)
        tar.wait()

    def close(self):
        if self.child.poll() is None:
            os.kill(self.child.pid, signal.SIGTERM)
            try:
                self.child.wait(20)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()
        if os.path.exists(SOCKET):
            os.unlink(SOCKET)

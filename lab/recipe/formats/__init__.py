"""Real files of each format that the program reads, made by the programs that write them on real hosts.

`lab/record formats` makes them all; each part can be made alone. The parts are independent of the
scenarios: nothing is attacked here, containers are started, used and removed."""

import importlib
import importlib.util
import os
import sys

from ..ground import LAB, RUN, Refused, run, say
from .keep import Shelf

# name -> what it holds. Each is a module here with `record(shelf)`.
PARTS = {
    "exports": "journal files of every layout, written by systemd-journal-remote from one stream",
    "podman": "the storage directory of podman, running and stopped",
    "journald": "the journal of a real journald over three boots, beside the audit log of the same time",
    "syslogs": "files of a real rsyslog in RFC 3164 and RFC 5424",
    "shells": "history files of bash, zsh and fish",
    "collected": "two hosts' audit logs on a collector, and laurel's JSON lines",
    "kubernetes": "containerd as a Kubernetes node has it: CRI, container logs, state directories",
    "docker": "dockerd's and containerd's logs, events, container logs and state directories",
}
PACKAGES = {"auditctl": "auditd", "/lib/systemd/systemd-journald": "systemd", "/lib/systemd/systemd-journal-remote": "systemd-journal-remote",
            "containerd": "containerd", "runc": "runc", "dockerd": "docker.io", "podman": "podman", "busybox": "busybox-static",
            "rsyslogd": "rsyslog", "zsh": "zsh", "fish": "fish", "laurel": "laurel", "audisp-remote": "audispd-plugins", "zstd": "zstd", "iptables": "iptables",
            "skopeo": "skopeo", "umoci": "umoci"}


def main(names, where):
    unknown = [n for n in names if n not in PARTS]
    if unknown:
        print(f"no such part: {' '.join(unknown)}; there are: {' '.join(PARTS)}", file=sys.stderr)
        return 2
    from ..recording import install
    # A module is no program on the path; its name here only says what is missing.
    install(PACKAGES | ({} if importlib.util.find_spec("grpc") else {"grpc of python3": "python3-grpcio"}))
    for place in (LAB, RUN):
        if os.path.exists(place):
            raise Refused(f"{place} exists: another recording runs, or one was killed; unmount what is below it and remove it")
    for name in names or PARTS:
        say(f"recording format {name}")
        shelf = Shelf(where, name)
        os.makedirs(LAB)
        try:
            importlib.import_module(f".{name}", __name__).record(shelf)
        finally:
            run(["rm", "-rf", "--one-file-system", LAB, RUN])
    return 0

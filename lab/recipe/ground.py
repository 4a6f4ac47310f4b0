"""Places, commands and small tools that every part of the recipe uses."""

import os
import subprocess
import time
from datetime import datetime, timezone

# All of the lab lives in these three places, so that no other path of the machine
# can appear in a recording and so that cleaning up is complete.
HOST = "/srv/host"                  # stands for the root of the host
LAB = "/var/lib/yobitsugi-lab"      # images, containers, repository, logs
RUN = "/run/yobitsugi-lab"          # sockets and runtime state

RESTIC_REPO = f"{LAB}/backup/restic"
RESTIC_PASSWORD = "yobitsugi-lab"
SNAPSHOTS = f"{LAB}/backup/snapshots"

# The lab's own processes carry this personality bit (WHOLE_SECONDS, which no current
# kernel acts on; it is inherited over fork and exec). One audit rule in front of all
# others drops the events of every process without it. Other marks were tried on paper
# and refused: a login uid or session would give every daemon of the lab an operator's
# identity, which real daemons do not have.
MARK = 0x2000000


class Refused(Exception):
    """The lab cannot run here; the text says why and what would help."""


def say(text):
    print(f"lab: {text}", flush=True)


def run(argv, check=True, quiet=True, **more):
    """Runs a command of the recorder itself (unmarked, hence unrecorded)."""
    kept = subprocess.PIPE if quiet else None
    done = subprocess.run(argv, stdout=kept, stderr=subprocess.STDOUT if quiet else None, **more)
    if check and done.returncode != 0:
        out = (done.stdout or b"").decode(errors="replace")
        raise RuntimeError(f"{argv} ended with {done.returncode}: {out[-2000:]}")
    return (done.stdout or b"").decode(errors="replace")


# sh sets the login uid and hands over to setarch, which sets the mark and hands over
# to the program: all in one process, so only the program itself is recorded.
_WRAP = (
    '[ "$1" = - ] || echo "$1" >/proc/self/loginuid; shift; '
    'exec setarch "$(uname -m)" --whole-seconds "$@"'
)
ENV = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    "LANG": "C.UTF-8",
    "RESTIC_PASSWORD": RESTIC_PASSWORD,
}


def marked(argv, auid="-"):
    """The command line that runs `argv` as a process of the recorded host."""
    return ["/bin/sh", "-c", _WRAP, "lab", str(auid), *argv]


def start_marked(argv, auid="-", cwd="/", env=None, **more):
    return subprocess.Popen(
        marked(argv, auid), cwd=cwd, env={**ENV, **(env or {})}, start_new_session=True, **more
    )


def run_marked(argv, auid="-", check=True, **more):
    """Runs one act of the recorded host and waits for it."""
    child = start_marked(
        argv, auid, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **more
    )
    out, _ = child.communicate()
    if check and child.returncode != 0:
        raise RuntimeError(f"{argv} ended with {child.returncode}: {out.decode(errors='replace')[-2000:]}")
    return out.decode(errors="replace")


def utc(epoch=None):
    when = datetime.fromtimestamp(time.time() if epoch is None else epoch, timezone.utc)
    return when.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def write(path, content, mode=0o644, uid=0, gid=0, mtime=None):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    data = content.encode() if isinstance(content, str) else content
    with open(path, "wb") as out:
        out.write(data)
    os.chmod(path, mode)
    os.chown(path, uid, gid)
    if mtime is not None:
        os.utime(path, (mtime, mtime))

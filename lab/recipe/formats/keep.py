"""What is kept of a format's recording: files, squeezed where that is smaller, and truth.json."""

import io
import json
import os
import platform
import shutil
import subprocess
import tarfile

from ..auditing import leak_patterns
from ..ground import run, say

LIMIT = 600_000  # of one format's directory, packed; a recording is read by tests and cloned by everyone
WORDS = (b"process_api", b"firecracker", b"sandboxing")


class Shelf:
    """The directory of one format. Each file is checked for traces of the machine before it is written."""

    def __init__(self, where, name):
        self.name, self.dir = name, f"{where}/{name}"
        self.truth = {"recording": name, "files": {}}
        shutil.rmtree(self.dir, ignore_errors=True)
        os.makedirs(self.dir)

    def put(self, path, data, what, pack=None, **facts):
        """Keeps `data` as `path`; `pack=True` squeezes it, None does so when it is worth it."""
        data = data.encode() if isinstance(data, str) else data
        check(f"{self.name}/{path}", data)
        squeezed = squeeze(data) if pack or (pack is None and len(data) > 16_384) else None
        if squeezed is not None:
            path, kept = path + ".zst", squeezed
        else:
            kept = data
        os.makedirs(os.path.dirname(f"{self.dir}/{path}"), exist_ok=True)
        with open(f"{self.dir}/{path}", "wb") as out:
            out.write(kept)
        self.truth["files"][path] = {"what": what, "bytes": len(data), **facts}

    def close(self, **truth):
        self.truth.update(truth)
        with open(f"{self.dir}/truth.json", "w") as out:
            json.dump(self.truth, out, ensure_ascii=False, indent=1)
            out.write("\n")
        total = sum(os.path.getsize(os.path.join(d, f)) for d, _, fs in os.walk(self.dir) for f in fs)
        say(f"formats/{self.name}: {len(self.truth['files'])} files, {total // 1024} KiB")
        if total > LIMIT:
            raise RuntimeError(f"{self.dir} is {total} bytes; the limit is {LIMIT}")


def squeeze(data):
    return subprocess.run(["zstd", "-q", "-19", "--long=24", "-c"], input=data, stdout=subprocess.PIPE, check=True).stdout


def check(name, data):
    """Refuses bytes in which something of the recording machine appears."""
    for leak in leak_patterns():
        found = leak.search(data)
        if found:
            raise RuntimeError(f"{name} holds {leak.pattern!r}: {data[max(0, found.start() - 80):found.end() + 80]!r}; not kept")
    for word in WORDS:
        if word in data:
            at = data.index(word)
            raise RuntimeError(f"{name} holds {word!r}: {data[max(0, at - 80):at + 80]!r}; not kept")


def shorten(data):
    """The kernel's release without a builder's suffix, as everywhere in the recordings."""
    release = platform.release().encode()
    return data.replace(release, release.split(b"-")[0])


def tarred(node, names, excludes=()):
    """A tar of `names`, absolute in the node, with owners, modes, and the overlay's own attributes. Copied
    first, since engines write while tar reads; other file systems (mounted roots) stay out."""
    copy = f"{node.root}/copy"
    script = (f'rm -rf {copy}; mkdir -p {copy}; for d in "$@"; do mkdir -p "{copy}$(dirname "$d")"; cp -a -x "$d" "{copy}$d"; done; '
              f'find {copy} -type s -delete; find {copy} -type p -delete')
    node.run(["/bin/sh", "-c", script, "lab", *names])
    argv = ["tar", "--numeric-owner", "--xattrs", "--xattrs-include=*", "--sort=name", "--format=posix",
            "--pax-option=delete=atime,delete=ctime", *(f"--exclude={e}" for e in excludes), "-C", copy, "-c", "."]
    data = subprocess.run(argv, stdout=subprocess.PIPE, check=True).stdout
    run(["rm", "-rf", copy])
    return data


def listing(tar):
    """Names and kinds of the members of a tar, for the truth."""
    with tarfile.open(fileobj=io.BytesIO(tar)) as members:
        return [m for m in members]

"""The truth, found without any log: sweeps of /srv/host and their differences."""

import hashlib
import os
import re
import stat

from .ground import HOST, RESTIC_REPO, SNAPSHOTS, LAB, ENV, run


def sweep(root=HOST):
    """Every object below `root`: {path: facts}. Paths as on the host (/srv/host/...)."""
    found = {}
    for where, dirs, files in os.walk(root):
        dirs.sort()
        for name in sorted(dirs + files):
            path = os.path.join(where, name)
            s = os.lstat(path)
            facts = {
                "type": {stat.S_IFDIR: "dir", stat.S_IFREG: "file", stat.S_IFLNK: "symlink"}.get(
                    stat.S_IFMT(s.st_mode), "other"),
                "mode": oct(stat.S_IMODE(s.st_mode)),
                "uid": s.st_uid, "gid": s.st_gid, "inode": s.st_ino, "nlink": s.st_nlink,
                "size": s.st_size, "mtime_ns": s.st_mtime_ns,
            }
            if facts["type"] == "file":
                with open(path, "rb") as f:
                    facts["sha256"] = hashlib.sha256(f.read()).hexdigest()
            if facts["type"] == "symlink":
                facts["target"] = os.readlink(path)
            names = os.listxattr(path, follow_symlinks=False)
            if names:
                facts["xattrs"] = {n: os.getxattr(path, n, follow_symlinks=False).hex() for n in sorted(names)}
            found[path.replace(root, HOST, 1)] = facts
    return dict(sorted(found.items()))


_META = ("mode", "uid", "gid", "xattrs", "mtime_ns")


def difference(before, after):
    """{path: what changed}. A directory whose only change is its time is not touched."""
    out = {}
    inode_before = {f["inode"]: p for p, f in before.items() if f["type"] != "dir"}
    for path in sorted(before.keys() | after.keys()):
        was, now = before.get(path), after.get(path)
        if was == now:
            continue
        if was is None:
            origin = inode_before.get(now["inode"])
            moved = (origin and origin not in after and before[origin].get("sha256") == now.get("sha256")
                     and before[origin]["mtime_ns"] == now["mtime_ns"])
            change = {"change": "renamed-to", "renamed_from": origin} if moved else {"change": "created"}
        elif now is None:
            change = {"change": "deleted"}
        else:
            meta = [k for k in _META if was.get(k) != now.get(k)]
            content = (was.get("sha256"), was.get("target"), was["type"]) != (now.get("sha256"), now.get("target"), now["type"])
            replaced = was["inode"] != now["inode"]
            if now["type"] == "dir" and was["type"] == "dir" and set(meta) <= {"mtime_ns"}:
                continue
            if not (meta or content or replaced):
                continue  # only the link count changed
            change = {"change": "content" if content else "replaced" if replaced else "metadata",
                      "inode_replaced": replaced, "metadata_changed": meta}
        for side, facts in (("before", was), ("after", now)):
            if facts:
                change[side + "_type"] = facts["type"]
                for k in ("sha256", "mode", "uid", "gid", "size", "mtime_ns", "inode", "target", "xattrs"):
                    if k in facts:
                        change[f"{side}_{k}"] = facts[k]
        out[path] = change
    for path, change in list(out.items()):
        if change["change"] == "renamed-to":
            origin = out[change["renamed_from"]]
            origin["change"], origin["renamed_to"] = "renamed-from", path
    return out


def matches(path, patterns):
    """A pattern is a path, or a path with a trailing slash: all below it (and itself)."""
    return any(path == p or (p.endswith("/") and (path + "/").startswith(p)) for p in patterns)


def contents_of_backups():
    """[(source, {path: sha256})] of every snapshot there is, oldest first in each store."""
    out = []
    scratch = f"{LAB}/scratch"
    for name in sorted(os.listdir(SNAPSHOTS)):
        out.append((f"directory:{name}", sweep_hashes(f"{SNAPSHOTS}/{name}")))
    for line in run(["restic", "--no-cache", "-r", RESTIC_REPO, "snapshots", "--json"], env=ENV).splitlines():
        for found in re.findall(r'"short_id":"([0-9a-f]+)"', line):
            run(["rm", "-rf", scratch])
            run(["restic", "--no-cache", "-r", RESTIC_REPO, "restore", found, "--target", scratch], env=ENV)
            out.append((f"restic:{found}", sweep_hashes(scratch + HOST)))
    run(["rm", "-rf", scratch])
    return out


def sweep_hashes(root):
    return {p: f["sha256"] for p, f in sweep(root).items() if "sha256" in f}

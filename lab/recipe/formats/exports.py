"""Journal files of every layout: the same entries written by systemd-journal-remote with each setting."""

import os
import random
import re
import subprocess

from ..ground import LAB, Refused, run

REMOTE = "/lib/systemd/systemd-journal-remote"
MACHINE = "6e6f6465316e6f6465316e6f64653101"
BOOTS = ["b001b001b001b001b001b001b001b001", "b002b002b002b002b002b002b002b002", "b003b003b003b003b003b003b003b003"]
START = 1_764_000_000_000_000  # 2025-11-24T16:00:00Z in microseconds

# (name, systemd, settings): what each writes is read back from the file's header into truth.json.
# systemd 252 of Debian 12 takes COMPACT and KEYED_HASH from the environment, but not the compression,
# so LZ4 and XZ are written by Debian 13's 257, unpacked beside and run with its own libraries.
VARIANTS = [
    ("compact-zstd-keyed", 252, {}),
    ("regular-zstd-keyed", 252, {"SYSTEMD_JOURNAL_COMPACT": "0"}),
    ("regular-zstd-jenkins", 252, {"SYSTEMD_JOURNAL_COMPACT": "0", "SYSTEMD_JOURNAL_KEYED_HASH": "0"}),
    ("compact-zstd-jenkins", 252, {"SYSTEMD_JOURNAL_KEYED_HASH": "0"}),
    ("compact-none-keyed", 252, {"compress": "no"}),
    ("regular-none-jenkins", 252, {"SYSTEMD_JOURNAL_COMPACT": "0", "SYSTEMD_JOURNAL_KEYED_HASH": "0", "compress": "no"}),
    ("regular-lz4-jenkins", 257, {"SYSTEMD_JOURNAL_COMPRESS": "LZ4", "SYSTEMD_JOURNAL_COMPACT": "0", "SYSTEMD_JOURNAL_KEYED_HASH": "0"}),
    ("compact-lz4-keyed", 257, {"SYSTEMD_JOURNAL_COMPRESS": "LZ4"}),
    ("regular-xz-jenkins", 257, {"SYSTEMD_JOURNAL_COMPRESS": "XZ", "SYSTEMD_JOURNAL_COMPACT": "0", "SYSTEMD_JOURNAL_KEYED_HASH": "0"}),
    ("compact-xz-keyed", 257, {"SYSTEMD_JOURNAL_COMPRESS": "XZ"}),
    ("compact-zstd-keyed-257", 257, {"SYSTEMD_JOURNAL_COMPRESS": "ZSTD"}),
]


def field(name, value):
    """One field of the export format: text if it can be, else the name, a length and the bytes."""
    if isinstance(value, str) and "\n" not in value and value.isprintable():
        return name.encode() + b"=" + value.encode() + b"\n"
    value = value.encode() if isinstance(value, str) else value
    return name.encode() + b"\n" + len(value).to_bytes(8, "little") + value + b"\n"


def entry(n, boot, since, fields):
    """Half a second apart; the clock of each boot starts anew."""
    stamps = {"__REALTIME_TIMESTAMP": str(START + n * 500_000 + boot * 3_600_000_000),
              "__MONOTONIC_TIMESTAMP": str(4_000_000 + since * 500_000),
              "_BOOT_ID": BOOTS[boot], "_MACHINE_ID": MACHINE, "_HOSTNAME": "node1"}
    pairs = [*stamps.items(), *fields]
    return b"".join(field(k, v) for k, v in pairs) + b"\n"


def odd_stream():
    """Entries by hand in the documented export format: what is rare on a host, but allowed. Returns it with its facts."""
    rng = random.Random(20251124)
    container = "%064x" % rng.getrandbits(256)
    prose = " ".join(rng.choice("mount umount overlay container task create start layer upper lower".split()) for _ in range(12_000))
    facts = [
        (0, "a kernel line", [("_TRANSPORT", "kernel"), ("PRIORITY", "6"), ("SYSLOG_FACILITY", "0"), ("SYSLOG_IDENTIFIER", "kernel"),
            ("_SOURCE_MONOTONIC_TIMESTAMP", "3999000"), ("MESSAGE", "overlayfs: upperdir is in-use as upperdir/workdir of another mount")]),
        (0, "an audit record", [("_TRANSPORT", "audit"), ("_AUDIT_TYPE", "1300"), ("_AUDIT_TYPE_NAME", "SYSCALL"), ("_AUDIT_ID", "421"),
            ("_AUDIT_FIELD_A0", "ffffff9c"), ("_PID", "911"), ("_UID", "0"), ("_COMM", "dd"), ("_EXE", "/bin/busybox"), ("AUDIT_FIELD_KEY", '"yb-host"'),
            ("MESSAGE", 'SYSCALL arch=c000003e syscall=257 success=yes exit=3 a0=ffffff9c a1=7ffd a2=241 a3=1b6 items=2 ppid=900 pid=911 auid=4294967295 uid=0 comm="dd" exe="/bin/busybox" key="yb-host"')]),
        (0, "a containerd line", [("_TRANSPORT", "stdout"), ("PRIORITY", "6"), ("SYSLOG_IDENTIFIER", "containerd"), ("_SYSTEMD_UNIT", "containerd.service"), ("_PID", "640"),
            ("MESSAGE", f'time="2025-11-24T16:00:01.000000001Z" level=info msg="shim disconnected" id={container} namespace=moby')]),
        (0, "a dockerd line with a container", [("_TRANSPORT", "journal"), ("CONTAINER_ID_FULL", container), ("CONTAINER_ID", container[:12]), ("CONTAINER_NAME", "shop-web"),
            ("IMAGE_NAME", "local/bb:1"), ("CONTAINER_TAG", container[:12]), ("_SYSTEMD_UNIT", "docker.service"), ("PRIORITY", "3"), ("MESSAGE", "listening on 0.0.0.0:8080")]),
        (0, "a field given three times", [("MESSAGE", "tagged"), ("TAG", "one"), ("TAG", "two"), ("TAG", "three")]),
        (1, "an empty value", [("MESSAGE", ""), ("EMPTY", ""), ("PRIORITY", "7")]),
        (1, "several lines", [("MESSAGE", "panic: runtime error\ngoroutine 1 [running]:\n\tmain.main()\n"), ("PRIORITY", "2")]),
        (1, "bytes that are not UTF-8", [("MESSAGE", b"caf\xe9 \xff\xfe latin-1"), ("_CMDLINE", b"sh -c \x80\x81")]),
        (1, "a NUL and control bytes", [("MESSAGE", b"a\0b\x1b[31mred\x1b[0m\x07"), ("COREDUMP_AUXV", bytes(range(256)))]),
        (1, "characters beyond ASCII", [("MESSAGE", "コンテナを起動しました 🐳"), ("PRIORITY", "6")]),
        (1, "a value of 70,000 bytes of text", [("MESSAGE", "large text"), ("COREDUMP_PROC_MAPS", prose[:70_000])]),
        (2, "a value of 72,000 bytes that are no text", [("MESSAGE", "large binary"), ("COREDUMP", rng.randbytes(4_000) * 18)]),
        (2, "a value of 600 bytes, above the threshold of compression", [("MESSAGE", "x" * 600)]),
        (2, "a value with an equals sign and a field of underscores", [("MESSAGE", "a=b=c"), ("_TRANSPORT", "journal"), ("CODE_FILE", "src/main.c"), ("CODE_LINE", "7")]),
        (2, "no MESSAGE at all", [("PRIORITY", "5"), ("SYSLOG_IDENTIFIER", "quiet")]),
        (2, "sixty fields", [("MESSAGE", "wide"), *((f"FIELD_{i:02}", f"value {i}") for i in range(60))]),
    ]
    # Many small ones, so that entry arrays, hash chains and data objects used by several entries are in the file.
    for i in range(300):
        facts.append((i * 3 // 300, None, [("_TRANSPORT", "syslog"), ("PRIORITY", str(i % 8)), ("SYSLOG_IDENTIFIER", ("cron", "sshd", "containerd")[i % 3]),
                                           ("_PID", str(700 + i % 5)), ("MESSAGE", f"ordinary line {i}")]))
    facts.sort(key=lambda f: f[0])
    first = [min(n for n, f in enumerate(facts) if f[0] == boot) for boot in range(len(BOOTS))]
    stream = b"".join(entry(n, boot, n - first[boot], fields) for n, (boot, _, fields) in enumerate(facts))
    return stream, [{"entry": n, "boot": boot, "what": what} for n, (boot, what, _) in enumerate(facts) if what], len(facts)


def newer_systemd():
    """Debian 13's systemd-journal-remote and journalctl with their libraries, unpacked below the lab."""
    at, root = f"{LAB}/apt13", f"{LAB}/systemd13"
    os.makedirs(f"{at}/lists/partial", exist_ok=True)
    os.makedirs(f"{at}/cache/archives/partial", exist_ok=True)
    with open(f"{at}/sources.list", "w") as out:
        out.write("deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian trixie main\n")
    apt = ["apt-get", "-qq", "-y", "-o", f"Dir::Etc::sourcelist={at}/sources.list", "-o", "Dir::Etc::sourceparts=/dev/null",
           "-o", f"Dir::State::lists={at}/lists", "-o", f"Dir::Cache={at}/cache", "-o", "Dir::State::status=/dev/null"]
    try:
        run([*apt, "update"])
        run([*apt, "--download-only", "--no-install-recommends", "install", "systemd-journal-remote"])
    except RuntimeError as e:
        raise Refused(f"Debian 13's systemd could not be fetched, LZ4 and XZ journals need it: {e}")
    for name in sorted(os.listdir(f"{at}/cache/archives")):
        if name.endswith(".deb"):
            run(["dpkg-deb", "-x", f"{at}/cache/archives/{name}", root])
    libraries = f"{root}/usr/lib/x86_64-linux-gnu"
    loader = [f"{libraries}/ld-linux-x86-64.so.2", "--library-path", f"{libraries}:{libraries}/systemd"]
    return [*loader, f"{root}/usr/lib/systemd/systemd-journal-remote"], [*loader, f"{root}/usr/bin/journalctl"]


def record(shelf):
    stream, facts, entries = odd_stream()
    at = f"{LAB}/exports"
    os.makedirs(at)
    with open(f"{at}/odd.export", "wb") as out:
        out.write(stream)
    with open(f"{at}/machine-id", "w") as out:
        out.write(MACHINE + "\n")
    tools = {252: ([REMOTE], ["journalctl"]), 257: newer_systemd()}
    shelf.put("odd.export", stream, "the stream given to systemd-journal-remote: written by hand in the documented export format", entries=entries)
    for name, version, settings in VARIANTS:
        environment = {k: v for k, v in settings.items() if k != "compress"}
        journal = f"{at}/{name}.journal"
        # The machine id in the file's header is the one of /etc/machine-id, so a private one is bound over it.
        run(["unshare", "-m", "--propagation", "private", "/bin/sh", "-c",
             f'mount --bind {at}/machine-id /etc/machine-id && exec "$@"', "lab",
             *tools[version][0], f"--compress={settings.get('compress', 'yes')}", "-o", journal, f"{at}/odd.export"],
            env={"PATH": os.environ["PATH"], **environment})
        header = run(["journalctl", "--file", journal, "--header"])
        read = {k: re.search(rf"(?m)^{k}:[ ]*(.*)$", header).group(1).strip() for k in (
            "Incompatible flags", "Compatible flags", "State", "Entry objects", "Data objects", "Objects", "Boot ID", "Machine ID")}
        run([*tools[version][1], "--file", journal, "--verify"])
        # The data of a journal is followed by its reserve of zeros; that packs to nothing.
        with open(journal, "rb") as f:
            shelf.put(f"{name}.journal", f.read(), f"systemd {version}, {settings or 'its defaults'}", pack=True, header=read)
    oracle = f"{at}/compact-zstd-keyed.journal"
    for form, name, more in (("export", "journalctl.export", []), ("json", "journalctl.json", []), ("json", "journalctl-all.json", ["--all"]),
                             ("short-iso", "journalctl-short-iso.txt", ["--utc", "--no-hostname"])):
        out = subprocess.run(["journalctl", "--file", oracle, "-o", form, "--no-pager", *more], stdout=subprocess.PIPE, check=True).stdout
        shelf.put(name, out, f"journalctl --file compact-zstd-keyed.journal -o {form} {' '.join(more)}".strip(), lines=out.count(b"\n"))
    shelf.close(entries=entries, boots=BOOTS, machine_id=MACHINE, hostname="node1", odd_entries=facts,
                first_realtime_us=START, note="all variants hold the same entries; only the cursors, which carry the file's own ids, differ")

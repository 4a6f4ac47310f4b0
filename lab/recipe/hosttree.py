"""The host's data: about forty files, all made here from a fixed seed.

Names are invented. Every kind of file that verification knows how to check is present
(SQLite, PDF, PNG, ZIP, gzip, ELF, JSON, YAML, CSV, text in Japanese)."""

import gzip
import io
import os
import random
import sqlite3
import struct
import zipfile
import zlib

from .ground import HOST, LAB, run, write

SEED = 20261101
# Files of the tree carry times before the recording: 2026-11-01 00:00 UTC and later.
BASE_TIME = 1793491200

WWW, SATO, MORI = 33, 1000, 1001

# What the audit daemon resolves uids with (ENRICHED format); see audit.py.
PASSWD = """root:x:0:0:root:/root:/bin/bash
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
backup:x:34:34:backup:/var/backups:/usr/sbin/nologin
www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin
sato:x:1000:1000:Sato Example,,,:/home/sato:/bin/bash
mori:x:1001:1001:Mori Example,,,:/home/mori:/bin/bash
"""
GROUP = "root:x:0:\ndaemon:x:1:\nbackup:x:34:\nwww-data:x:33:\nsato:x:1000:\nmori:x:1001:\n"

SWORDS = ["river", "stone", "lamp", "paper", "harbour", "maple", "kiln", "lacquer", "thread", "tea"]


def pdf(lines):
    """A valid one-page PDF with a correct cross-reference table."""
    text = "BT /F1 12 Tf 60 760 Td 16 TL " + " ".join(f"({l}) Tj T*" for l in lines) + " ET"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(text), text.encode()),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    out, places = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    xref = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % p for p in places)
    return out + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, xref)


def png(side, rng):
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    rows = b"".join(
        b"\0" + bytes((x * 5 + y * 3 + rng.randrange(8)) % 256 for x in range(side)) for y in range(side)
    )
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(rows, 9))
        + chunk(b"IEND", b"")
    )


def elf(message):
    """A whole static x86-64 program: writes `message` and exits 0. No compiler needed."""
    base, head = 0x400000, 64 + 56
    code = (
        b"\xb8\x01\0\0\0\xbf\x01\0\0\0\x48\x8d\x35\x10\0\0\0\xba" + struct.pack("<I", len(message))
        + b"\x0f\x05\xb8\x3c\0\0\0\x31\xff\x0f\x05"
    )
    # lea rsi,[rip+d] ends at offset 17 of the code; the message follows the code.
    code = code[:13] + struct.pack("<i", len(code) - 17) + code[17:]
    size = head + len(code) + len(message)
    header = b"\x7fELF\x02\x01\x01" + b"\0" * 9 + struct.pack(
        "<HHIQQQIHHHHHH", 2, 62, 1, base + head, 64, 0, 0, 64, 56, 1, 0, 0, 0
    )
    return header + struct.pack("<IIQQQQQQ", 1, 5, 0, base, base, size, size, 0x1000) + code + message


def database(path, rng):
    if os.path.exists(path):
        os.unlink(path)
    db = sqlite3.connect(path)
    db.executescript(
        "PRAGMA page_size=1024; VACUUM;"
        "CREATE TABLE users(id INTEGER PRIMARY KEY, name TEXT NOT NULL, mail TEXT UNIQUE, joined TEXT);"
        "CREATE TABLE orders(id INTEGER PRIMARY KEY, user INTEGER REFERENCES users(id), item TEXT, yen INTEGER);"
        "CREATE INDEX orders_user ON orders(user);"
    )
    for i in range(1, 61):
        db.execute("INSERT INTO users VALUES(?,?,?,?)",
                   (i, f"Example {rng.choice(SWORDS).title()} {i}", f"user{i}@example.invalid",
                    f"2026-{1 + i % 9:02}-{1 + i % 27:02}"))
    for i in range(1, 121):
        db.execute("INSERT INTO orders VALUES(?,?,?,?)",
                   (i, rng.randrange(1, 61), rng.choice(SWORDS), rng.randrange(100, 99000)))
    db.commit()
    db.close()


def package(version):
    """Builds motd-lab_VERSION_all.deb; upgraded during the recording as legitimate work."""
    tree = f"{LAB}/deb/motd-lab-{version}"
    write(f"{tree}/DEBIAN/control",
          f"Package: motd-lab\nVersion: {version}\nArchitecture: all\nMaintainer: Lab <lab@example.invalid>\n"
          "Description: greeting of the lab host\n A tiny package whose files belong to the package database.\n")
    write(f"{tree}/usr/share/motd-lab/banner.txt", f"Welcome to web-01 ({version})\n", mtime=BASE_TIME)
    write(f"{tree}/usr/share/motd-lab/tips.txt", f"tip {version}: read the log before the rumour\n", mtime=BASE_TIME)
    deb = f"{LAB}/deb/motd-lab_{version}_all.deb"
    run(["dpkg-deb", "--root-owner-group", "-Zgzip", "-b", tree, deb])
    return deb


def build():
    """Fills the freshly mounted /srv/host."""
    rng = random.Random(SEED)
    hours = iter(range(1, 10_000))

    def put(path, content, mode=0o644, uid=0, gid=0):
        write(f"{HOST}/{path}", content, mode, uid, gid, mtime=BASE_TIME + 3600 * next(hours))

    def words(count):
        return " ".join(rng.choice(SWORDS) for _ in range(count))

    put("etc/hostname", "web-01\n")
    put("etc/passwd", PASSWD)
    put("etc/group", GROUP)
    put("etc/shadow", "root:*:20000:0:99999:7:::\nsato:*:20000:0:99999:7:::\n", 0o640, 0, 42)
    put("etc/motd", "Authorised use only.\n")
    put("etc/cron.d/backup", "15 2 * * * backup /usr/local/bin/backup-www\n")
    put("etc/cron.d/logrotate-local", "25 6 * * * root /usr/sbin/logrotate /etc/logrotate.d/app\n")
    put("etc/logrotate.d/app", "/var/log/app/app.log {\n  weekly\n  rotate 4\n  compress\n}\n")
    put("etc/ssh/sshd_config", "Port 22\nPermitRootLogin prohibit-password\nPasswordAuthentication no\nMaxAuthTries 4\n")
    put("etc/systemd/system/app.service",
        "[Unit]\nDescription=App of the lab\n[Service]\nExecStart=/srv/data/tool.bin\nUser=www-data\n[Install]\nWantedBy=multi-user.target\n")
    put("etc/kubernetes/manifests/kube-proxy.yaml",
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: kube-proxy\n  namespace: kube-system\nspec:\n  containers:\n"
        "  - name: kube-proxy\n    image: registry.example.invalid/kube-proxy:v1.30.0\n", 0o600)
    put("root/.ssh/authorized_keys", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExhYktleU9uZU5vdFJlYWwwMDAwMDAwMDAwMDAw lab-admin\n", 0o600)
    put("root/.bashrc", "umask 022\nexport HISTSIZE=2000\n")
    put("home/sato/notes.txt", "会議メモ(架空)\n・棚卸しは十一月末まで\n・呼び継ぎの器は二階の棚\n・" + "、".join("一二三四五六七八九十") + "\n", 0o640, SATO, SATO)
    put("home/sato/.profile", "export EDITOR=vi\n", 0o644, SATO, SATO)
    put("home/mori/todo.txt", "- call the kiln\n- order lacquer\n", 0o600, MORI, MORI)
    put("home/mori/見積.csv", "品目,数量,円\n茶碗,3,4500\n金粉,1,12000\n", 0o600, MORI, MORI)

    data = "srv/data"
    put(f"{data}/app.conf", "listen = 8080\nworkers = 4\nlog = /var/log/app/app.log\nupstream = 10.0.0.12\n")
    put(f"{data}/config.json", '{\n  "name": "app",\n  "replicas": 3,\n  "features": ["cart", "search"],\n  "limits": {"cpu": 2, "memory_mb": 512}\n}\n')
    put(f"{data}/settings.yaml", "mode: production\ntls: true\nretries: 3\nallow:\n  - 10.0.0.0/8\n")
    put(f"{data}/ledger.csv", "id,day,item,yen\n" + "".join(
        f"{i},2026-{1 + i % 12:02}-{1 + i % 28:02},{rng.choice(SWORDS)},{rng.randrange(100, 99999)}\n" for i in range(1, 181)))
    put(f"{data}/ledger-archive.csv", "id,day,item,yen\n" + "".join(f"{i},2025-12-01,{rng.choice(SWORDS)},{i * 7}\n" for i in range(1, 60)))
    put(f"{data}/prices.csv", "item,yen\n" + "".join(f"{w},{rng.randrange(100, 9000)}\n" for w in SWORDS))
    put(f"{data}/report.pdf", pdf([f"Quarter {q}: {words(6)}" for q in range(1, 5)] + [words(8) for _ in range(20)]))
    put(f"{data}/logo.png", png(48, rng))
    put(f"{data}/todo.txt", "1. check the backups\n2. check the backups again\n")
    put(f"{data}/old-report.txt", f"superseded: {words(12)}\n")
    put(f"{data}/tool.bin", elf(b"lab tool 1.0\n"), 0o755)
    put(f"{data}/secrets/api-token", "lab-token-%032x\n" % rng.getrandbits(128), 0o400, WWW, WWW)
    put(f"{data}/secrets/db-password", "not-a-real-password-%08x\n" % rng.getrandbits(32), 0o400, WWW, WWW)
    for version in ("1", "2"):
        put(f"{data}/releases/{version}/version.txt", f"{version}.0.{rng.randrange(9)}\n", 0o644, WWW, WWW)
        put(f"{data}/releases/{version}/app.js", f"// release {version}\nconsole.log('{words(5)}');\n", 0o644, WWW, WWW)
    os.symlink("releases/2", f"{HOST}/{data}/current")
    put(f"{data}/shared-terms.txt", f"terms: {words(20)}\n")
    os.link(f"{HOST}/{data}/shared-terms.txt", f"{HOST}/{data}/releases/2/terms.txt")

    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as z:
        for i in range(4):
            z.writestr(zipfile.ZipInfo(f"minutes-{i}.txt", (2026, 10, 1 + i, 9, 0, 0)), words(60))
    put(f"{data}/archive.zip", archive.getvalue())
    put(f"{data}/history.log.gz", gzip.compress("".join(f"2026-10-{1 + i % 28:02} {words(7)}\n" for i in range(120)).encode(), 9, mtime=0))
    database(f"{HOST}/{data}/users.db", rng)
    os.utime(f"{HOST}/{data}/users.db", (BASE_TIME + 400000,) * 2)
    os.chmod(f"{HOST}/{data}/users.db", 0o640)
    os.chown(f"{HOST}/{data}/users.db", WWW, WWW)

    for page in ("index", "about", "terms"):
        put(f"srv/www/{page}.html", f"<!doctype html>\n<title>{page}</title>\n<p>{words(15)}</p>\n", 0o644, WWW, WWW)
    put("srv/www/keep.txt", f"keep: {words(6)}\n", 0o644, WWW, WWW)
    os.setxattr(f"{HOST}/srv/www/keep.txt", "user.origin", b"lab recipe")
    put("srv/www/robots.txt", "User-agent: *\nDisallow: /private/\n", 0o644, WWW, WWW)
    put("usr/local/bin/backup-www", "#!/bin/sh\n# nightly archive of the web root\ntar -C /srv -czf /var/backups/www.tar.gz www\n", 0o755)
    put("var/log/app/app.log", "".join(f"2026-11-01T{i % 24:02}:00:00Z app started step {i}\n" for i in range(20)), 0o640, WWW, WWW)
    put("var/lib/docker/volumes/web/_data/counter", "100\n", 0o644, WWW, WWW)
    for empty in ("mnt", "tmp", "opt", "var/backups", "var/spool/cron", "var/cache/apt/archives",
                  "var/lib/kubelet/pods", "etc/ssl/private", "run"):
        os.makedirs(f"{HOST}/{empty}", exist_ok=True)
    os.chmod(f"{HOST}/tmp", 0o1777)
    os.chmod(f"{HOST}/root", 0o700)
    os.chown(f"{HOST}/home/sato", SATO, SATO)
    os.chown(f"{HOST}/home/mori", MORI, MORI)
    os.chown(f"{HOST}/var/log/app", WWW, WWW)

    put("root/.bash_history", "apt-get update\nrestic snapshots\nless /var/log/app/app.log\n", 0o600)
    put("home/sato/.bash_history", "vi notes.txt\n", 0o600, SATO, SATO)
    put("var/log/auth.log", "".join(
        f"2026-11-{1 + i % 22:02}T09:{i:02}:00+00:00 web-01 sshd[{900 + i}]: Accepted publickey for sato from 192.0.2.{i + 10} port 50{i:03} ssh2\n"
        for i in range(20)), 0o640)
    put("var/log/wtmp", bytes(384 * 3), 0o664)

    for sub in ("updates", "info", "triggers"):
        os.makedirs(f"{HOST}/var/lib/dpkg/{sub}", exist_ok=True)
    write(f"{HOST}/var/lib/dpkg/status", "")
    write(f"{HOST}/var/lib/dpkg/available", "")
    install(package("1.0"))
    package("1.1")


def install(deb):
    run(["cp", deb, f"{HOST}/var/cache/apt/archives/"])
    run(["dpkg", f"--root={HOST}", "-i", deb])

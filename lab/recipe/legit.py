"""The host's ordinary work: what people, daemons and other containers do meanwhile.

Each step says which paths it changes; the list of steps that ran is the journal of the
legitimate work. The oracle subtracts exactly these paths."""

import time
from dataclasses import dataclass

from .containers import Container
from .ground import HOST, LAB, RESTIC_REPO, run_marked, utc

H = HOST
DATA = f"{H}/srv/data"
VOLUME = f"{H}/var/lib/docker/volumes/web/_data"
LOG = f"{H}/var/log/app"


@dataclass
class Step:
    name: str
    script: str
    paths: list
    who: str = "-"            # login uid: 1000 is the operator's session, - a daemon
    uid: int = 0              # the uid the work runs under
    container: object = None  # a function that makes a Container, instead of a script


def web(name, script):
    return lambda: Container(name, ["/bin/sh", "-c", script], [(VOLUME, "/data", "rw")])


RESTIC = f"restic --no-cache -q -r {RESTIC_REPO} backup --host web-01 {H}"

# History, unrecorded: between the snapshots. See record.py for their order.
HISTORY = [
    [
        f"sed -i 's/retries: 3/retries: 5/' {DATA}/settings.yaml",
        f"echo '181,2026-11-12,lamp,4200' >> {DATA}/ledger.csv",
        f"echo 'plan for the fourth quarter: mend, do not replace' > {DATA}/q4-plan.txt",
        f"sqlite3 {DATA}/users.db \"INSERT INTO orders VALUES(121,7,'kiln',5400)\"",
    ],
    [
        f"rm {DATA}/old-report.txt",
        f"sed -i 's/\"replicas\": 3/\"replicas\": 4/' {DATA}/config.json",
        f"echo '182,2026-11-20,tea,380' >> {DATA}/ledger.csv",
    ],
]

BEFORE = [
    Step("editor: sed -i on sshd_config", f"sed -i 's/MaxAuthTries 4/MaxAuthTries 3/' {H}/etc/ssh/sshd_config",
         [f"{H}/etc/ssh/sshd_config"], who="1000"),
    Step("log line of the app", f"echo '2026-11-23T08:00:00Z request 1' >> {LOG}/app.log", [f"{LOG}/app.log"], uid=33),
    Step("package upgrade (dpkg -i)",
         f"cp {LAB}/deb/motd-lab_1.1_all.deb {H}/var/cache/apt/archives/ && "
         f"dpkg --root={H} -i {H}/var/cache/apt/archives/motd-lab_1.1_all.deb",
         [f"{H}/var/lib/dpkg/", f"{H}/usr/share/motd-lab/", f"{H}/var/cache/apt/archives/", f"{H}/var/log/"], who="1000"),
    Step("container web-1 writes its declared volume", "", [f"{VOLUME}/"],
         container=web("web-1", "echo 101 > /data/counter; echo upload > /data/upload-1.txt; echo own > /var/log/own.log; sleep 0.2")),
    Step("scheduled restic backup", RESTIC, []),
    # After the last snapshot, so no source holds exactly these versions.
    Step("write beside, then rename over: prices.csv",
         f"cd {DATA} && sed 's/^tea,.*/tea,980/' prices.csv > .prices.csv.new && mv .prices.csv.new prices.csv",
         [f"{DATA}/prices.csv"], who="1000"),
    Step("a draft is written", f"printf 'draft of the letter\\nsecond line\\n' > {DATA}/draft.md", [f"{DATA}/draft.md"], who="1000"),
    Step("cron: archive of the web root", f"tar -C {H}/srv -czf {H}/var/backups/www.tar.gz www", [f"{H}/var/backups/www.tar.gz"]),
]

DURING = [
    Step("log line of the app", f"echo '2026-11-23T08:00:01Z request 2' >> {LOG}/app.log", [f"{LOG}/app.log"], uid=33),
    Step("editor with swap and backup files: todo.txt",
         f"cd {DATA} && : > .todo.txt.swp && echo '3. test a restore' > 4913 && rm 4913 && cp -p todo.txt .todo.txt.swp && "
         f"mv todo.txt todo.txt~ && cat todo.txt~ > todo.txt && echo '3. test a restore' >> todo.txt && rm todo.txt~ .todo.txt.swp",
         [f"{DATA}/todo.txt"], who="1000"),
    Step("log line of the app", f"echo '2026-11-23T08:00:02Z request 3' >> {LOG}/app.log", [f"{LOG}/app.log"], uid=33),
    Step("editor: a cron job beside the attacked ones", f"sed -i 's/^25 6/35 6/' {H}/etc/cron.d/logrotate-local",
         [f"{H}/etc/cron.d/logrotate-local"], who="1000"),
    Step("container web-2 writes its volume and its own root", "", [f"{VOLUME}/"],
         container=web("web-2", "echo 102 > /data/counter; mkdir -p /data/cache; echo x > /data/cache/a; sed -i s/root/ROOT/ /etc/passwd; rm /data/upload-1.txt; sleep 0.2")),
    Step("archive of the ledger grows", f"echo '900,2026-11-23,moved,1' >> {DATA}/ledger-archive.csv", [f"{DATA}/ledger-archive.csv"], who="1000", uid=0),
    Step("home: a list is renamed", f"cd {H}/home/mori && mv todo.txt todo-november.txt && echo '- kiln called' >> todo-november.txt",
         [f"{H}/home/mori/todo.txt", f"{H}/home/mori/todo-november.txt"], who="1001", uid=1001),
    Step("logrotate with gzip", f"cd {LOG} && mv app.log app.log.1 && gzip -n app.log.1 && : > app.log && chmod 640 app.log && chown 33:33 app.log",
         [f"{LOG}/"]),
    Step("scheduled restic backup, in the middle", RESTIC, []),
    Step("web page edited beside the attacked ones", f"sed -i 's/<p>/<p class=\"n\">/' {H}/srv/www/about.html", [f"{H}/srv/www/about.html"], who="1000"),
    Step("log line of the app", f"echo '2026-11-23T08:00:04Z request 4' >> {LOG}/app.log", [f"{LOG}/app.log"], uid=33),
]

AFTER = [
    Step("neighbour of a touched file edited later", f"sed -i 's/lacquer/LACQUER/' {H}/srv/www/terms.html; echo >> {H}/srv/www/terms.html",
         [f"{H}/srv/www/terms.html"], who="1000"),
    Step("container web-3 reads its volume", "", [f"{VOLUME}/"], container=web("web-3", "cat /data/counter; echo 103 > /data/counter")),
    Step("log line of the app", f"echo '2026-11-23T08:00:09Z request 5' >> {LOG}/app.log", [f"{LOG}/app.log"], uid=33),
    Step("scheduled restic backup, after the attack", RESTIC, []),
]

# A legitimate change on top of the damage: it must not be lost, nor taken for the attack.
LATER_ON_TOUCHED = Step("operator edits a file that had been damaged", f"echo 'timeout = 30' >> {DATA}/app.conf",
                        [f"{DATA}/app.conf"], who="1000")


class Journal:
    def __init__(self):
        self.rows, self.containers, self.failure = [], [], None

    def perform(self, steps, pause=0.15):
        for step in steps:
            started = time.time()
            if step.container:
                box = step.container()
                box.prepare()
                self.containers.append(box)
                box.run(auid=step.who)
            else:
                argv = ["/bin/sh", "-c", step.script]
                if step.uid:
                    argv = ["setpriv", f"--reuid={step.uid}", f"--regid={step.uid}", "--clear-groups", *argv]
                run_marked(argv, step.who)
            self.rows.append({"step": step.name, "from_utc": utc(started), "to_utc": utc(), "paths": step.paths})
            time.sleep(pause)

    def paths(self, first_row):
        return [p for row in self.rows[first_row:] for p in row["paths"]]

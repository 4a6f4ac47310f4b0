"""Two hosts' audit logs on a collector, by audisp-remote and a listening auditd; and the same kind of log by laurel.

The input are the logs of two scenarios recorded before; the second host is renamed web-02, which is said in truth.json."""

import gzip
import os
import re
import subprocess
import time

from ..ground import LAB, run
from .keep import shorten

RECORDINGS = os.path.normpath(f"{os.path.dirname(os.path.abspath(__file__))}/../../recordings")
SERVER = """log_file = {at}/audit.log
log_format = RAW
log_group = root
local_events = no
flush = incremental_async
freq = 50
plugin_dir = {at}/plugins
name_format = user
name = collector
tcp_listen_port = 6060
tcp_max_per_addr = 4
tcp_client_ports = 1-65535
use_libwrap = no
transport = TCP
max_log_file = 50
max_log_file_action = ignore
space_left = 75
space_left_action = ignore
admin_space_left = 50
admin_space_left_action = ignore
disk_full_action = ignore
disk_error_action = ignore
"""
CLIENT = """remote_server = 127.0.0.1
port = 6060
transport = tcp
mode = immediate
queue_file = {at}/queue{n}
queue_depth = 20000
format = managed
network_failure_action = stop
"""
LAUREL = """directory = "{at}"
user = "root"
statusreport-period = 0
input = "stdin"
[auditlog]
file = "{name}"
size = 50000000
generations = 2
[transform]
execve-argv = ["{argv}"]
[translate]
universal = {translate}
user-db = false
[enrich]
pid = true
[label-process]
label-keys = ["yb-exec"]
"""
# Outside the machine's network: the collector listens, both hosts send at their own pace. audisp-remote
# reads one fixed file, so each client has its own bound over it.
SCRIPT = r"""
cd "$1"; ip link set lo up
/sbin/auditd -n -c "$1" -s nochange & server=$!
sleep 1.5
client() { unshare -m --propagation private sh -c "mount --bind $1.conf /etc/audit/audisp-remote.conf
  (while read -r line; do printf '%s\n' \"\$line\"; done <$1.log; sleep 2) | audisp-remote"; }
client web-01 & one=$!
client web-02 & two=$!
wait $one $two; sleep 0.5
kill $server; wait $server || true
"""


def lines_of(scenario):
    path = f"{RECORDINGS}/{scenario}/evidence/audit.log"
    if os.path.exists(path + ".gz"):
        return gzip.open(path + ".gz").read()
    return subprocess.run(["zstdcat", path + ".zst"], stdout=subprocess.PIPE, check=True).stdout


def record(shelf):
    at = f"{LAB}/collected"
    os.makedirs(f"{at}/plugins")
    sent = {}
    for node, scenario, first in (("web-01", "hostpid-nsenter", 1500), ("web-02", "quiet", 1500)):
        log = b"".join(lines_of(scenario).splitlines(keepends=True)[:first]).replace(b"node=web-01 ", f"node={node} ".encode())
        sent[node] = log
        for name, text in ((f"{node}.log", log), (f"{node}.conf", CLIENT.format(at=at, n=node[-1]).encode())):
            with open(f"{at}/{name}", "wb") as out:
                out.write(text)
            os.chmod(f"{at}/{name}", 0o640)
    with open(f"{at}/auditd.conf", "w") as out:
        out.write(SERVER.format(at=at))
    run(["unshare", "--net", "/bin/sh", "-c", SCRIPT, "lab", at], timeout=120)
    with open(f"{at}/audit.log", "rb") as f:
        log = shorten(f.read())
    nodes = {}
    for line in log.splitlines():
        node, serial = re.match(rb"node=(\S+) type=\S+ msg=audit\((\d+\.\d+:\d+)\)", line).groups()
        nodes.setdefault(node.decode(), [0, set()])
        nodes[node.decode()][0] += 1
        nodes[node.decode()][1].add(serial)
    for node, text in sent.items():
        if nodes[node][0] != text.count(b"\n"):
            raise RuntimeError(f"{node}: {nodes[node][0]} records arrived of {text.count(bytes([10]))}")
    order = re.findall(rb"(?m)^node=(\S+)", log)
    turns = sum(a != b for a, b in zip(order, order[1:]))
    shelf.put("audit.log", log, "a collector's log: three nodes interleaved record by record, so the records of an event are not adjacent",
              records={n: c for n, (c, _) in nodes.items()}, events={n: len(s) for n, (_, s) in nodes.items()}, changes_of_node=turns)
    for name, argv, translate in (("laurel-array.jsonl", "array", "true"), ("laurel-string.jsonl", "string", "false")):
        with open(f"{at}/laurel.toml", "w") as out:
            out.write(LAUREL.format(at=at, name=name, argv=argv, translate=translate))
        whole = lines_of("hostpid-nsenter")
        run(["laurel", "-c", f"{at}/laurel.toml"], input=whole)
        with open(f"{at}/{name}", "rb") as f:
            data = f.read()
        shelf.put(name, data, f"laurel 0.5.1 over the log of hostpid-nsenter, execve-argv {argv}, translate.universal {translate}", lines=data.count(b"\n"),
                  from_records=whole.count(b"\n"), events=len(set(re.findall(rb"msg=audit\((\d+\.\d+:\d+)\)", whole))))
    shelf.close(recorded_utc=time.strftime("%Y-%m-%dT%H:%MZ", time.gmtime()), inputs={"web-01": "hostpid-nsenter, its first 1500 records", "web-02": "quiet, its first 1500 records, node=web-01 rewritten to web-02"},
                note="both hosts' clocks and serials are their own: equal serials of two nodes are different events; the collector's DAEMON_ records have serials of their own")

"""A Docker host at work: what its daemons log, what `docker events` says, container logs, and the state on disk."""

import json
import re
import subprocess
import time

from ..ground import LAB
from .keep import listing, shorten, tarred
from .node import Node, image_tar

DOCKERFILE = r"""FROM local/bb:1
LABEL com.example.part=second-layer
RUN mkdir -p /etc/app.d && echo v1 > /etc/app.d/one && echo gone > /etc/app.d/two && echo keep > /etc/app.conf
RUN rm /etc/app.d/two && rm /bin/vi && echo v2 > /etc/app.d/one
RUN rm -r /etc/app.d && mkdir /etc/app.d && echo v3 > /etc/app.d/three
ENV PATH=/bin MODE=image
CMD ["/bin/sleep", "600"]
"""
# What is run, and what a reader of the state must find; `docker inspect` is kept beside it as a second witness.
CONTAINERS = {
    "shop-web": ("-d --label com.example.team=shop --label note=käse --restart unless-stopped -e MODE=prod -p 8080:80 --tmpfs /cache:size=1m "
                 "-v /srv/www:/www:ro -v shop-data:/data --workdir /www local/bb:2 httpd -f -h /www",
                 {"binds": [["/srv/www", "/www", "ro"]], "volumes": [["shop-data", "/data", "rw"]], "tmpfs": ["/cache"],
                  "restart": "unless-stopped", "labels": {"com.example.team": "shop", "note": "käse"}}),
    "host-agent": ("-d --pid=host --cap-add SYS_PTRACE --cap-add SYS_ADMIN -v /srv/host:/host -v /run/docker.sock:/var/run/docker.sock local/bb:2 sleep 600",
                   {"binds": [["/srv/host", "/host", "rw"], ["/run/docker.sock", "/var/run/docker.sock", "rw"]], "pid": "host",
                    "cap_add": ["SYS_ADMIN", "SYS_PTRACE"]}),
    "backup-job": ("-d --read-only --user 1000:1000 --cap-drop ALL --device /dev/zero:/dev/sample:r --mount type=bind,source=/srv/data,target=/data,readonly,bind-propagation=rslave "
                   "local/bb:1 sleep 600",
                   {"binds": [["/srv/data", "/data", "ro"]], "readonly": True, "user": "1000:1000", "cap_drop": ["ALL"], "devices": [["/dev/zero", "/dev/sample", "r"]]}),
    "debug-net": ("-d --network=host --ipc=host --uts=host --security-opt seccomp=unconfined -v /scratch local/bb:1 sleep 600",
                  {"network": "host", "ipc": "host", "uts": "host", "security_opt": ["seccomp=unconfined"], "anonymous_volumes": ["/scratch"]}),
    "chatty": ("-d -t --log-driver json-file --log-opt max-size=40k --log-opt max-file=3 --log-opt labels=com.example.team --label com.example.team=logs "
               "local/bb:1 sh -c 'i=0; while [ $i -lt 600 ]; do echo \"line $i of the chatty container, which is written to be rotated away\"; i=$((i+1)); done; sleep 600'",
               {"log_rotated": True}),
    "long-lines": ("-d local/bb:1 sh /lines.sh", {}),
    "hungry": ("-d --memory 16m --memory-swap 16m --restart on-failure:1 local/bb:1 tail /dev/zero", {"oom_killed": True, "restart": "on-failure"}),
}
LINES = r"""#!/bin/sh
echo short
awk 'BEGIN { for (i = 0; i < 40000; i++) printf "%c", 97 + i % 26; print "" }'
printf '\033[31mred\033[0m\ttab \001 control "quotes" \\ back\n'
printf 'caf\351 latin-1 \377\376\n'
echo 'コンテナの行'
echo to-stderr >&2
awk 'BEGIN { for (i = 0; i < 20000; i++) printf "%c", 65 + i % 26; print "" }' >&2
printf 'no newline at the end'
"""


def prepare(node):
    image_tar(f"{node.root}/srv/bb.tar")
    node.run("mkdir -p /srv/www /srv/data /srv/host/etc /srv/build; echo '<h1>shop</h1>' >/srv/www/index.html; echo rows >/srv/data/rows.csv; echo secret >/srv/host/etc/shadow")
    for path, text in (("build/Dockerfile", DOCKERFILE), ("lines.sh", LINES)):
        with open(f"{node.root}/srv/{path}", "w") as out:
            out.write(text)


def daemons(node, containerd_log, dockerd_log, wrap=()):
    """containerd and dockerd as Debian's units start them, with debug messages."""
    node.start([*wrap, "containerd", "--log-level", "debug"], unit="containerd.service", stdout=containerd_log, stderr=subprocess.STDOUT)
    node.wait(["ctr", "version"])
    node.start([*wrap, "dockerd", "-D", "--containerd", "/run/containerd/containerd.sock", "--exec-opt", "native.cgroupdriver=cgroupfs",
                "--storage-driver=overlay2"], unit="docker.service", stdout=dockerd_log, stderr=subprocess.STDOUT)
    node.wait(["docker", "version"])


def work(node):
    """Images, containers, execs, ends. Returns the ids by name."""
    node.run("docker import --change 'CMD [\"/bin/sh\"]' /srv/bb.tar local/bb:1 && DOCKER_BUILDKIT=0 docker build -q -t local/bb:2 /srv/build && docker volume create --label use=shop shop-data")
    for name, (options, _) in CONTAINERS.items():
        create = "docker create" if name == "long-lines" else "docker run"
        node.run(f"{create} --name {name} {options.replace('-d ', '', 1) if name == 'long-lines' else options}")
    node.run("docker cp /srv/lines.sh long-lines:/lines.sh && docker start long-lines")
    # Docker asks for CAP_SYS_RESOURCE whatever --cap-drop says, so where root lacks it this one stays in state "created".
    node.run("docker run -d --name full-access --privileged -v /:/rootfs local/bb:2", check=False)
    node.run("docker exec shop-web sh -c 'echo order-1 > /data/orders; echo changed > /etc/app.conf; rm /etc/app.d/three; rm -r /var/log; mkdir /var/log; echo new > /var/log/app.log; ln -s /data /link'")
    node.run("docker exec -u 1000 -e A=b -w /tmp shop-web id; docker exec host-agent sh -c 'ls /host/etc; cat /host/etc/shadow; echo planted > /host/etc/motd'")
    node.run("docker exec shop-web no-such-program; docker run --name failed local/bb:1 sh -c 'echo bye; exit 3'; docker run --name no-entry local/bb:1 /no/such/entry", check=False)
    node.run("docker run --rm --name passing local/bb:1 echo passing; docker run -d --name killed local/bb:1 sleep 600 && docker kill -s KILL killed")
    node.run("docker pause debug-net; docker unpause debug-net; docker rename failed failed-before; docker commit -m snapshot shop-web local/bb:3; docker cp shop-web:/etc/app.conf /srv/out.conf")
    node.run("docker network create --subnet 192.0.2.0/25 shop-net; docker network connect shop-net shop-web; docker restart -t 1 backup-job")
    time.sleep(2)  # until the memory-hungry one was killed twice
    return {name: cid for cid, name in (line.split() for line in node.run("docker ps -a --no-trunc --format '{{.ID}} {{.Names}}'").splitlines())}


STATE = ("/var/lib/docker/containers", "/var/lib/docker/image", "/var/lib/docker/overlay2", "/var/lib/docker/volumes", "/var/lib/docker/network/files",
         "/run/containerd/io.containerd.runtime.v2.task", "/var/lib/containerd/io.containerd.metadata.v1.bolt", "/run/docker/runtime-runc")


def state(shelf, node, name, what):
    tar = tarred(node, STATE, excludes=["*/bin/busybox", "*/overlay2/*/work", "*/overlay2/*-init/work"])
    members = listing(tar)
    shelf.put(f"state-{name}.tar", tar, what, pack=True, members=len(members),
              whiteouts=sorted(m.name for m in members if m.ischr() and (m.devmajor, m.devminor) == (0, 0)),
              opaque=sorted(m.name for m in members if "SCHILY.xattr.trusted.overlay.opaque" in m.pax_headers))


def record(shelf):
    node = Node("node1")
    try:
        prepare(node)
        logs = {n: open(f"{LAB}/{n}.log", "wb") for n in ("containerd", "dockerd", "events")}
        daemons(node, logs["containerd"], logs["dockerd"])
        node.start(["docker", "events", "--format", "{{json .}}"], stdout=logs["events"], stderr=subprocess.DEVNULL)
        ids = work(node)
        inspect = {"running": node.run("docker inspect $(docker ps -aq --no-trunc)")}
        images = json.loads(node.run("docker image inspect local/bb:1 local/bb:2 local/bb:3"))
        volumes = json.loads(node.run("docker volume inspect $(docker volume ls -q)"))
        state(shelf, node, "running", "state directories while the containers ran; bin/busybox of the layers left out")
        for name in ("long-lines", "chatty"):
            keep_log(shelf, node, name, ids[name])
        node.run("docker stop -t 1 shop-web host-agent; docker rm -f killed")
        inspect["stopped"] = node.run("docker inspect $(docker ps -aq --no-trunc)")
        for child in (node.children[1], node.children[0]):
            node.stop(child)
        state(shelf, node, "stopped", "the same after both daemons were stopped; two containers were stopped before, one removed")
        keep_logs(shelf, ids)
        for when, text in inspect.items():
            shelf.put(f"inspect-{when}.json", text, f"docker inspect of all containers, {when}: the witness for the state directories")
        shelf.close(hostname="node1", docker="20.10.24", storage_driver="overlay2", containers={
            name: {"id": ids.get(name), **facts, "arguments": options} for name, (options, facts) in CONTAINERS.items()},
            others={n: i for n, i in ids.items() if n not in CONTAINERS},
            privileged={"name": "full-access", "id": ids["full-access"], "state": "created; its start failed with 'unable to apply caps'",
                        "binds": [["/", "/rootfs", "rw"]]},
            images={tag: {"id": i["Id"], "layers": i["RootFS"]["Layers"], "upper": i["GraphDriver"]["Data"].get("UpperDir"),
                          "lower": i["GraphDriver"]["Data"].get("LowerDir")} for i in images for tag in i["RepoTags"]},
            volumes=[{k: v[k] for k in ("Name", "Mountpoint", "Labels")} for v in volumes])
    finally:
        node.close()


def keep_log(shelf, node, name, cid):
    """Container logs as json-file wrote them, with its rotated parts."""
    at = f"/var/lib/docker/containers/{cid}"
    parts = sorted(node.run(f"cd {at} && ls {cid}-json.log*").split(), reverse=True)
    lines = 0
    for part in parts:
        data = node.read(f"{at}/{part}")
        lines += data.count(b"\n")
        suffix = part.removeprefix(f"{cid}-json.log")
        shelf.put(f"container-logs/{name}-json.log{suffix}", data, f"json-file log of {name}{', rotated part' if suffix else ''}", container=cid,
                  lines=data.count(b"\n"), partial_lines=len([l for l in data.splitlines() if not json.loads(l)["log"].endswith("\n")]))


def keep_logs(shelf, ids):
    for name in ("containerd", "dockerd"):
        data = shorten(open(f"{LAB}/{name}.log", "rb").read())
        shelf.put(f"{name}.log", data, f"{name}'s standard error, debug level", lines=data.count(b"\n"),
                  levels={level: len(re.findall(rb"(?m)^time=\S+ level=%s " % level.encode(), data)) for level in ("debug", "info", "warning", "error")},
                  lines_naming={n: data.count(i.encode()) for n, i in ids.items()})
    data = open(f"{LAB}/events.log", "rb").read()
    actions = [json.loads(line) for line in data.splitlines()]
    counts = {}
    for a in actions:
        key = f"{a['Type']} {a['Action'].split(':')[0]}"
        counts[key] = counts.get(key, 0) + 1
    shelf.put("events.jsonl", data, "docker events --format '{{json .}}'", lines=len(actions), actions=dict(sorted(counts.items())))

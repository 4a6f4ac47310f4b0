"""A podman host: /var/lib/containers/storage with containers running, and after they were stopped."""

import json

from ..ground import run
from .keep import listing, tarred
from .node import Node, image_tar

# Where root lacks CAP_SYS_RESOURCE podman's usual limits cannot be set; these are what such a host would configure.
CONF = """[containers]
default_ulimits = ["nofile=20000:20000", "nproc=32768:32768"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
"""
CONTAINERS = {
    "ledger": ("--label com.example.team=books -v /srv/books:/books:ro -v ledger-data:/data -e MODE=prod local/bb:2 sleep 600",
               {"binds": [["/srv/books", "/books", "ro"]], "volumes": [["ledger-data", "/data"]], "labels": {"com.example.team": "books"}}),
    "fixer": ("--pid=host --network=host --cap-add SYS_PTRACE --security-opt seccomp=unconfined -v /srv/host:/host:rw local/bb:1 sleep 600",
              {"binds": [["/srv/host", "/host", "rw"]], "pid": "host", "network": "host", "cap_add": ["SYS_PTRACE"]}),
    "full-access": ("--privileged -v /:/rootfs local/bb:2 sleep 600", {"privileged": True, "binds": [["/", "/rootfs", "rw"]]}),
    "strict": ("--read-only --user 1000:1000 --cap-drop ALL --tmpfs /tmp local/bb:1 sleep 600",
               {"readonly": True, "user": "1000:1000", "cap_drop": ["ALL"]}),
}
STATE = ("/var/lib/containers/storage/overlay-containers", "/var/lib/containers/storage/overlay-images", "/var/lib/containers/storage/overlay-layers",
         "/var/lib/containers/storage/overlay", "/var/lib/containers/storage/libpod", "/var/lib/containers/storage/volumes", "/run/containers/storage/overlay-containers")


def record(shelf):
    node = Node("node2")
    try:
        image_tar(f"{node.root}/srv/bb.tar")
        with open(f"{node.root}/etc/containers.conf", "w") as out:
            out.write(CONF)
        env = {"CONTAINERS_CONF": f"{node.root}/etc/containers.conf"}

        def podman(script, check=True):
            return node.run(script, env=env, check=check)

        podman("mkdir -p /srv/books /srv/host && podman import -q /srv/bb.tar local/bb:1 && podman volume create ledger-data")
        podman("podman run --name builder local/bb:1 sh -c 'echo v1 >/etc/app.conf; rm /bin/vi; rm -r /var/log; mkdir /var/log; echo x >/var/log/x' && podman commit -q builder local/bb:2")
        for name, (options, _) in CONTAINERS.items():
            podman(f"podman run -d --name {name} {options}")
        pod = podman("podman pod create --name shop --infra=false").split()[-1]
        podman("podman run -d --pod shop --name shop-front local/bb:1 sleep 600")
        podman("podman exec ledger sh -c 'echo order >/data/orders; echo changed >/etc/app.conf; rm /etc/passwd'; podman exec fixer sh -c 'echo planted >/host/motd'")
        inspect = podman("podman inspect $(podman ps -aq --no-trunc)")
        keep_state(shelf, node, "running", "with its containers running")
        podman("podman stop -t 0 ledger fixer shop-front; podman kill full-access", check=False)
        keep_state(shelf, node, "stopped", "after three containers were stopped and one killed")
        shelf.put("inspect-running.json", inspect, "podman inspect of all containers, running: the witness")
        shelf.put("events.jsonl", node.run("podman events --stream=false --since 1h --format json", env=env), "podman events --format json")
        ids = {c["Name"]: c for c in json.loads(inspect)}
        shelf.close(hostname="node2", podman=podman("podman --version").split()[-1], runtime="runc 1.1.5", pod={"name": "shop", "id": pod}, containers={
            name: {"id": c["Id"], "image": c["ImageName"], "image_id": c["Image"], "upper": c["GraphDriver"]["Data"].get("UpperDir"),
                   "lower": c["GraphDriver"]["Data"].get("LowerDir"), "state": c["State"]["Status"], **CONTAINERS.get(name, ("", {}))[1]}
            for name, c in sorted(ids.items())})
        podman("podman rm -fa -t 0", check=False)
    finally:
        node.close()
        run(["rm", "-f", "/etc/cni/net.d/cni.lock"])  # beside its network's definition, which is the package's


def keep_state(shelf, node, name, what):
    tar = tarred(node, STATE, excludes=["*/bin/busybox", "*/overlay/*/work", "*/layer.tar", "*/pause"])
    members = listing(tar)
    shelf.put(f"state-{name}.tar", tar, f"podman's storage {what}; bin/busybox of the layers left out", pack=True, members=len(members),
              whiteouts=sorted(m.name for m in members if m.ischr() and (m.devmajor, m.devminor) == (0, 0)),
              opaque=sorted(m.name for m in members if "SCHILY.xattr.trusted.overlay.opaque" in m.pax_headers))

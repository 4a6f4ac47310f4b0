"""A Kubernetes node's containerd, asked by CRI as a kubelet asks: its log, container logs, and the state on disk.

No kubelet runs: this recipe speaks CRI (runtime.v1 over the daemon's socket), and the pods' directories of
the kubelet are made by hand from their documented layout."""

import json
import os
import subprocess

from ..containers import IMAGE, make_image
from ..ground import LAB, Refused, run
from .keep import listing, shorten, tarred
from .node import Node

# Where root lacks CAP_SYS_RESOURCE, no one may lower oom_score_adj as the CRI plugin does by default.
CONFIG = """version = 2
[plugins."io.containerd.grpc.v1.cri"]
  restrict_oom_score_adj = true
  sandbox_image = "registry.k8s.io/pause:3.6"
[plugins."io.containerd.grpc.v1.cri".cni]
  bin_dir = "/usr/lib/cni"
  conf_dir = "/etc/cni/net.d"
"""
HOST = 2  # NamespaceMode NODE
PODS = [
    {"name": "shop-7d4b9c6f5d-x2x9k", "namespace": "shop", "uid": "3f1c2b5e-9a51-4c56-8d3c-0a1b2c3d4e01", "network": 0, "containers": [
        {"name": "web", "command": ["/bin/sh", "-c", "sh /lines.sh; sleep 3600"], "mounts": [("/etc/hosts", "etc-hosts", False), ("/config", "volumes/kubernetes.io~configmap/config", True),
         ("/var/run/secrets/kubernetes.io/serviceaccount", "volumes/kubernetes.io~projected/kube-api-access-abcde", True)], "env": {"MODE": "prod"}},
        {"name": "sidecar", "command": ["/bin/sleep", "3600"], "mounts": [("/cache", "volumes/kubernetes.io~empty-dir/cache", False)], "user": 1000, "readonly": True, "drop": ["ALL"]}]},
    {"name": "node-agent-b8k2p", "namespace": "kube-system", "uid": "7a9d6c10-2b44-4f0e-9d2a-0a1b2c3d4e02", "network": HOST, "pid": HOST, "ipc": HOST, "containers": [
        {"name": "agent", "command": ["/bin/sleep", "3600"], "host": [("/host", "/srv/host", False), ("/run/containerd/containerd.sock", "/run/containerd/containerd.sock", False)],
         "mounts": [], "add": ["SYS_ADMIN", "SYS_PTRACE"]}]},
    {"name": "debug", "namespace": "default", "uid": "c0ffee00-1111-4222-8333-0a1b2c3d4e03", "network": HOST, "privileged": True, "containers": [
        {"name": "shell", "command": ["/bin/sleep", "3600"], "host": [("/rootfs", "/srv/host", False)], "mounts": [], "privileged": True}]},
]
LINES = """echo short; awk 'BEGIN { for (i = 0; i < 40000; i++) printf "%c", 97 + i % 26; print "" }'
printf 'caf\\351\\n'; echo コンテナ; echo to-stderr >&2; printf 'no newline at the end'
"""
STATE = ["/run/containerd/io.containerd.runtime.v2.task", "/run/containerd/io.containerd.grpc.v1.cri", "/run/containerd/runc", "/var/lib/kubelet",
         "/var/lib/containerd/io.containerd.metadata.v1.bolt", "/var/lib/containerd/io.containerd.snapshotter.v1.overlayfs",
         "/var/lib/containerd/io.containerd.grpc.v1.cri", "/var/lib/containerd/io.containerd.content.v1.content/blobs"]


# --- CRI's messages, field by field: the numbers are those of k8s.io/cri-api runtime/v1/api.proto ---
def varint(n):
    out = b""
    while n > 127:
        out, n = out + bytes([n & 127 | 128]), n >> 7
    return out + bytes([n])


def message(*fields):
    """(number, value) pairs; a list repeats, a dict is a map, None and False are left out."""
    out = b""
    for number, value in fields:
        for v in value if isinstance(value, list) else [message((1, k), (2, w)) for k, w in value.items()] if isinstance(value, dict) else [value]:
            if v is None or v is False:
                continue
            if isinstance(v, int):
                out += varint(number << 3) + varint(int(v))
            else:
                v = v.encode() if isinstance(v, str) else v
                out += varint(number << 3 | 2) + varint(len(v)) + v
    return out


def first_string(reply):
    """The one string of an answer: the id of what was made."""
    return reply[2:2 + reply[1]].decode() if reply else ""


class Cri:
    def __init__(self, socket):
        try:
            import grpc
        except ImportError:
            raise Refused("speaking CRI needs python3-grpcio: apt-get install python3-grpcio")
        self.channel = grpc.insecure_channel(f"unix://{socket}")

    def call(self, method, request):
        same = bytes
        return self.channel.unary_unary(f"/runtime.v1.RuntimeService/{method}", request_serializer=same, response_deserializer=same)(request, timeout=60)


def namespaces(pod):
    return message((1, pod.get("network", 0)), (2, pod.get("pid", 1)), (3, pod.get("ipc", 0)))


def sandbox_config(pod):
    labels = {"io.kubernetes.pod.name": pod["name"], "io.kubernetes.pod.namespace": pod["namespace"], "io.kubernetes.pod.uid": pod["uid"], "app": pod["name"].split("-")[0]}
    return message((1, message((1, pod["name"]), (2, pod["uid"]), (3, pod["namespace"]))), (2, None if pod.get("network") == HOST else pod["name"]),
                   (3, f"/var/log/pods/{pod['namespace']}_{pod['name']}_{pod['uid']}"), (6, labels),
                   (7, {"kubernetes.io/config.source": "api", "kubernetes.io/config.seen": "2026-11-26T19:00:00.000000000Z"}),
                   (8, message((1, f"/kubepods/besteffort/pod{pod['uid']}"), (2, message((1, namespaces(pod)), (6, pod.get("privileged")))))))


def container_config(pod, c):
    at = f"/var/lib/kubelet/pods/{pod['uid']}"
    mounts = [message((1, inside), (2, f"{at}/{below}"), (3, ro)) for inside, below, ro in c["mounts"]]
    mounts += [message((1, inside), (2, outside), (3, ro)) for inside, outside, ro in c.get("host", [])]
    labels = {"io.kubernetes.container.name": c["name"], "io.kubernetes.pod.name": pod["name"], "io.kubernetes.pod.namespace": pod["namespace"], "io.kubernetes.pod.uid": pod["uid"]}
    security = message((1, message((1, c.get("add", [])), (2, c.get("drop", [])))), (2, c.get("privileged")), (3, namespaces(pod)),
                       (5, message((1, c["user"])) if "user" in c else None), (7, c.get("readonly")))
    return message((1, message((1, c["name"]))), (2, message((1, "docker.io/local/bb:2"))), (3, c["command"]),
                   (6, [message((1, k), (2, v)) for k, v in c.get("env", {}).items()]), (7, mounts), (9, labels),
                   (10, {"io.kubernetes.container.hash": "5a1b2c3d", "io.kubernetes.container.restartCount": "0"}), (11, f"{c['name']}/0.log"), (15, message((2, security))))


def image(node):
    """An OCI image of two layers by umoci, the second with whiteouts; `lines.sh` is what one container prints."""
    make_image()
    with open(f"{IMAGE}/lines.sh", "w") as out:
        out.write(LINES)
    oci, bundle = f"{LAB}/oci", f"{LAB}/bundle"
    run(["umoci", "init", "--layout", oci])
    run(["umoci", "new", "--image", f"{oci}:2"])
    run(["umoci", "unpack", "--image", f"{oci}:2", bundle])
    run(["cp", "-a", f"{IMAGE}/.", f"{bundle}/rootfs/"])
    run(["umoci", "repack", "--refresh-bundle", "--image", f"{oci}:2", bundle])
    run(["/bin/sh", "-c", f"cd {bundle}/rootfs && rm bin/vi && rm -r var/log && mkdir var/log && echo v2 >etc/app.conf"])
    run(["umoci", "repack", "--refresh-bundle", "--image", f"{oci}:2", bundle])
    run(["umoci", "config", "--image", f"{oci}:2", "--config.entrypoint", "/bin/sleep", "--config.cmd", "3600", "--config.env", "PATH=/bin"])
    run(["tar", "-C", oci, "-cf", f"{node.root}/srv/oci.tar", "."])


def kubelet_directories(node):
    """By hand: volumes, plugins, containers, etc-hosts of each pod, as kubelet lays them out."""
    for pod in PODS:
        at = f"{node.root}/var/lib/kubelet/pods/{pod['uid']}"
        os.makedirs(f"{at}/plugins/kubernetes.io~empty-dir/wrapped_config")
        with open(f"{at}/etc-hosts", "w") as out:
            out.write(f"# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n192.0.2.20\t{pod['name']}\n")
        for c in pod["containers"]:
            os.makedirs(f"{at}/containers/{c['name']}")
            open(f"{at}/containers/{c['name']}/1a2b3c4d", "w").close()
            for _, below, _ in c["mounts"]:
                if below.startswith("volumes/"):
                    os.makedirs(f"{at}/{below}/..2026_11_26_19_00_00.1", exist_ok=True)
                    with open(f"{at}/{below}/..2026_11_26_19_00_00.1/value", "w") as out:
                        out.write("v\n")
                    if not os.path.lexists(f"{at}/{below}/..data"):
                        os.symlink("..2026_11_26_19_00_00.1", f"{at}/{below}/..data")
                        os.symlink("..data/value", f"{at}/{below}/value")


def record(shelf):
    node = Node("node3")
    try:
        with open(f"{node.root}/etc/containerd/config.toml", "w") as out:
            out.write(CONFIG)
        image(node)
        kubelet_directories(node)
        node.run("mkdir -p /srv/host/etc; echo secret >/srv/host/etc/shadow")
        log = open(f"{LAB}/containerd.log", "wb")
        daemon = node.start(["containerd", "--log-level", "debug"], unit="containerd.service", stdout=log, stderr=subprocess.STDOUT)
        node.wait(["ctr", "version"])
        node.run("for n in k8s.io default; do ctr -n $n images import --base-name docker.io/local/bb /srv/oci.tar; done; ctr -n k8s.io images tag docker.io/local/bb:2 registry.k8s.io/pause:3.6; sleep 1")
        cri, made = Cri(f"/proc/{node.init.pid}/root/run/containerd/containerd.sock"), []
        for pod in PODS:
            made.append(start_pod(cri, pod))
        # Without any kubelet or CRI: a container of ctr's own in another namespace of containerd.
        node.run("ctr run -d --privileged --label com.example.team=ops --mount type=bind,src=/srv/host,dst=/host,options=rbind:rw --with-ns pid:/proc/self/ns/pid docker.io/local/bb:2 by-ctr /bin/sleep 3600")
        agent = made[1]["containers"]["agent"]["id"]
        cri.call("ExecSync", message((1, agent), (2, ["/bin/sh", "-c", "cat /host/etc/shadow; echo planted >/host/etc/motd; rm /etc/passwd; echo x >/etc/new"]), (3, 10)))
        witness = {ns: [json.loads(node.run(f"ctr -n {ns} containers info {i}")) for i in node.run(f"ctr -n {ns} containers ls -q").split()] for ns in ("k8s.io", "default")}
        layers = {ns: node.run(f"ctr -n {ns} snapshots ls") for ns in ("k8s.io", "default")}
        uppers = find_uppers(node, witness)
        keep_state(shelf, node, "running", "while all ran")
        keep_pod_logs(shelf, node, made)
        web = made[0]["containers"]["web"]["id"]
        cri.call("StopContainer", message((1, web), (2, 1)))
        cri.call("StopPodSandbox", message((1, made[2]["id"])))
        cri.call("RemoveContainer", message((1, web)))
        node.stop(daemon)
        keep_state(shelf, node, "stopped", "after one container was removed, one pod stopped, and the daemon ended (shims and the other pods' programs went on)")
        with open(f"{LAB}/containerd.log", "rb") as f:
            data = shorten(f.read())
        shelf.put("containerd.log", data, "containerd's standard error at level debug, with its CRI plugin", lines=data.count(b"\n"))
        shelf.put("ctr-info.json", json.dumps(witness, indent=1), "ctr containers info of every container: the witness")
        shelf.put("ctr-snapshots.txt", "".join(f"# {ns}\n{text}\n" for ns, text in layers.items()), "ctr snapshots ls by namespace")
        shelf.close(hostname="node3", containerd="1.6.20", pods=made, by_ctr={"id": "by-ctr", "namespace": "default", "privileged": True, "pid": "host", "binds": [["/srv/host", "/host", "rw"]]},
                    upper_directories=uppers, image="docker.io/local/bb:2", by_hand=["/var/lib/kubelet/pods is laid out by hand from the documentation; no kubelet ran",
                    "CRI was spoken by the recipe; labels and annotations are those a kubelet sets; the pause image is the same busybox under its name"])
    finally:
        node.close()


def start_pod(cri, pod):
    config = sandbox_config(pod)
    sandbox = first_string(cri.call("RunPodSandbox", message((1, config))))
    facts = {**{k: pod[k] for k in ("name", "namespace", "uid")}, "id": sandbox, "host_network": pod.get("network") == HOST, "host_pid": pod.get("pid") == HOST,
             "host_ipc": pod.get("ipc") == HOST, "privileged": bool(pod.get("privileged")), "containers": {}}
    for c in pod["containers"]:
        cid = first_string(cri.call("CreateContainer", message((1, sandbox), (2, container_config(pod, c)), (3, config))))
        started = True
        try:
            cri.call("StartContainer", message((1, cid)))
        except Exception as e:  # a privileged one may be refused by the machine; that is recorded too
            started = str(e)[:400]
        facts["containers"][c["name"]] = {"id": cid, "started": started, **{k: c[k] for k in ("add", "drop", "privileged", "user", "readonly", "host") if k in c},
                                          "mounts": [[f"/var/lib/kubelet/pods/{pod['uid']}/{b}", i, "ro" if ro else "rw"] for i, b, ro in c["mounts"]]}
    return facts


def find_uppers(node, witness):
    """id -> upper directory, as containerd gives it to mount(2)."""
    out = {}
    for ns, rows in witness.items():
        for row in rows:
            text = node.run(f"ctr -n {ns} snapshots mounts /x {row['SnapshotKey']}", check=False)
            out[row["ID"]] = next((o.split("=", 1)[1] for o in text.replace(",", " ").split() if o.startswith("upperdir=")), None)
    return out


def keep_state(shelf, node, name, what):
    large = node.run("find /var/lib/containerd/io.containerd.content.v1.content/blobs -type f -size +32k").split()
    tar = tarred(node, [p for p in STATE if node.run(f"[ -e {p} ] && echo y", check=False)], excludes=["*/bin/busybox", "*/snapshots/*/work", *(f".{p}" for p in large)])
    members = listing(tar)
    shelf.put(f"state-{name}.tar", tar, f"state directories {what}; bin/busybox and the blobs of layers left out", pack=True, members=len(members),
              whiteouts=sorted(m.name for m in members if m.ischr() and (m.devmajor, m.devminor) == (0, 0)),
              opaque=sorted(m.name for m in members if "SCHILY.xattr.trusted.overlay.opaque" in m.pax_headers))


def keep_pod_logs(shelf, node, made):
    pod = made[0]
    path = f"/var/log/pods/{pod['namespace']}_{pod['name']}_{pod['uid']}/web/0.log"
    data = node.read(path)
    shelf.put(f"pod-logs/{path.removeprefix('/var/log/pods/')}", data, "a CRI container log by containerd", container=pod["containers"]["web"]["id"], lines=data.count(b"\n"),
              partial=len([l for l in data.splitlines() if l.split(b" ", 3)[2:3] == [b"P"]]))

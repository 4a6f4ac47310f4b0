"""Real rsyslog with the three layouts of its files, and a year later the same host."""

import subprocess
import time

from ..ground import LAB, run
from .node import Node

CONF = """module(load="imuxsock" SysSock.Use="off")
module(load="imudp")
input(type="imuxsock" Socket="{at}/log.sock" CreatePath="on")
input(type="imudp" port="5514" address="127.0.0.1")
$RepeatedMsgReduction on
$WorkDirectory {at}
template(name="iso" type="string" string="%timestamp:::date-rfc3339% %hostname% %syslogtag%%msg%\\n")
*.* action(type="omfile" file="{at}/traditional.log" template="RSYSLOG_TraditionalFileFormat")
*.* action(type="omfile" file="{at}/rfc5424.log" template="RSYSLOG_SyslogProtocol23Format")
*.* action(type="omfile" file="{at}/rsyslog-file-format.log" template="RSYSLOG_FileFormat")
*.* action(type="omfile" file="{at}/iso-own-template.log" template="iso")
"""
CONTAINER = "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef"
# Each (facility.level, tag, pid, text). What the daemons and the kernel say is as they say it.
LOCAL = [
    ("kern.info", "kernel", None, "[ 3312.102201] docker0: port 1(veth038b7cf) entered blocking state"),
    ("kern.err", "kernel", None, "[ 3313.540011] Memory cgroup out of memory: Killed process 2815 (tail) total-vm:18136kB, anon-rss:16000kB, file-rss:1264kB"),
    ("kern.notice", "kernel", None, '[ 3314.000120] audit: type=1300 audit(1764000001.120:77): arch=c000003e syscall=257 success=yes exit=3 items=2 ppid=900 pid=911 auid=4294967295 uid=0 comm="dd" exe="/bin/busybox" key="yb-host"'),
    ("daemon.info", "containerd", 640, f'time="2025-11-24T16:00:01.000000001Z" level=info msg="shim disconnected" id={CONTAINER} namespace=moby'),
    ("daemon.info", "dockerd", 655, f'time="2025-11-24T16:00:01.020000001+09:00" level=info msg="ignoring event" container={CONTAINER} module=libcontainerd namespace=moby topic=/tasks/delete type="*events.TaskDelete"'),
    ("local6.info", "audispd", 700, 'node=web-01 type=PATH msg=audit(1764000001.120:77): item=0 name="/host/etc/cron.d/x" inode=41 dev=07:00 mode=0100644 ouid=0 ogid=0 nametype=CREATE'),
    ("auth.notice", "sshd", 812, "Accepted publickey for sato from 192.0.2.10 port 50122 ssh2: ED25519 SHA256:lab"),
    ("authpriv.notice", "sudo", None, "    sato : TTY=pts/0 ; PWD=/srv ; USER=root ; COMMAND=/usr/bin/docker exec -it shop-web sh"),
    ("cron.info", "CRON", 901, "(root) CMD (/usr/local/bin/backup)"),
    ("daemon.warning", "a-tag-of-more-than-thirty-two-characters-here", None, "long tags are cut by some relays"),
    ("user.info", "odd", None, "tab\there, a control \x01 character, and 日本語"),
    ("user.info", "odd", None, b"latin-1 caf\xe9 is not UTF-8"),
    ("user.info", "odd", None, "two\nlines in one message"),
    ("user.info", "empty", None, ""),
    ("user.debug", "big", None, "x" * 4000),
]
# As a relay receives them: other hosts, an RFC 5424 header with structured data, a message without any header.
REMOTE = [
    b"<30>Nov 24 16:00:05 web-02 containerd[640]: time=\"2025-11-24T16:00:05Z\" level=info msg=\"starting signal loop\" namespace=k8s.io",
    b"<165>1 2025-11-24T16:00:06.123456+09:00 web-03 dockerd 655 ID47 [origin software=\"dockerd\" ip=\"192.0.2.3\"][meta sequenceId=\"29\" q=\"a \\\"quoted\\\" \\] end\"] \xef\xbb\xbfcontainer started",
    b"<34>1 2025-11-24T07:00:07Z - - - - - nothing is known but the text",
    b"<13>Feb 29 23:59:59 web-02 cron[1]: a leap day",
    b"<13>Dec 31 23:59:58 web-02 app: before the turn of the year",
    b"<13>Jan  1 00:00:03 web-02 app: after the turn of the year",
    b"no header at all",
    b"<999>bad priority",
]


def record(shelf):
    node = Node("web-01")
    at = f"{LAB}/rsyslog"
    run(["mkdir", "-p", at])
    try:
        with open(f"{at}/rsyslog.conf", "w") as out:
            out.write(CONF.format(at=at))
        daemon = node.start(["rsyslogd", "-n", "-f", f"{at}/rsyslog.conf", "-i", f"{at}/pid"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                            env={"TZ": "Asia/Tokyo"})
        node.wait(["test", "-S", f"{at}/log.sock"])
        for priority, tag, pid, text in LOCAL:
            send(node, f"{at}/log.sock", priority, tag, pid, text)
        for _ in range(6):
            send(node, f"{at}/log.sock", "daemon.err", "nginx", 77, "upstream timed out")
        send(node, f"{at}/log.sock", "daemon.err", "nginx", 77, "upstream is back")
        for packet in REMOTE:
            node.run(["/usr/bin/python3", "-c", "import socket,sys; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(bytes.fromhex(sys.argv[1]), ('127.0.0.1', 5514))", packet.hex()])
            time.sleep(0.05)
        time.sleep(1)
        node.stop(daemon)
        for name, what in (("traditional.log", "RFC 3164, RSYSLOG_TraditionalFileFormat, local time of Asia/Tokyo without year and zone"),
                           ("rfc5424.log", "RFC 5424, RSYSLOG_SyslogProtocol23Format"), ("rsyslog-file-format.log", "RSYSLOG_FileFormat: RFC 3339 time, no priority"),
                           ("iso-own-template.log", "a template of one's own: RFC 3339 time in seconds")):
            with open(f"{at}/{name}", "rb") as f:
                data = f.read()
            shelf.put(name, data, what, lines=data.count(b"\n"), repeated=[int(x.split()[0]) for x in
                      (line.split(b"message repeated ")[1] for line in data.splitlines() if b"message repeated " in line)])
        shelf.close(hostname="web-01", zone="Asia/Tokyo, +09:00", recorded_utc=time.strftime("%Y-%m-%dT%H:%MZ", time.gmtime()), rsyslog="8.2302.0",
                    messages_sent={"local": len(LOCAL) + 7, "remote": len(REMOTE)}, container=CONTAINER,
                    by_hand="the texts are sent by this recipe, as kernel, containerd, dockerd, audispd and sshd write them; rsyslog received, joined and wrote them",
                    notes=["rsyslog writes control characters as #ooo", "a host's own stamp is kept for messages of web-02 (local time of an unknown zone) and web-03"])
    finally:
        node.close()


FACILITIES = {"kern": 0, "user": 1, "daemon": 3, "auth": 4, "cron": 9, "authpriv": 10, "local6": 22}
LEVELS = {"err": 3, "warning": 4, "notice": 5, "info": 6, "debug": 7}


def send(node, socket, priority, tag, pid, text):
    """One datagram, as syslog(3) makes it: local time without a host."""
    facility, level = priority.split(".")
    stamp = run(["date", "+%b %e %H:%M:%S"], env={"TZ": "Asia/Tokyo", "LC_ALL": "C", "PATH": "/bin"}).strip()
    head = f"<{FACILITIES[facility] * 8 + LEVELS[level]}>{stamp} {tag}{f'[{pid}]' if pid else ''}: ".encode()
    body = head + (text if isinstance(text, bytes) else text.encode())
    node.run(["/usr/bin/python3", "-c", "import socket,sys; socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(bytes.fromhex(sys.argv[2]), sys.argv[1])", socket, body.hex()])

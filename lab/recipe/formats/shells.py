"""History files as interactive shells write them: bash with and without times, zsh, fish."""

import os
import pty
import select
import time

from ..ground import LAB, ENV, run

COMMANDS = [
    "cd /srv",
    "ls -la /srv/data",
    "docker ps -a",
    "docker exec -it shop-web sh -c 'id; cat /etc/shadow'",
    "echo 'コンテナ' > /tmp/名前.txt",
    "for i in 1 2; do\n  echo \"line $i\"\ndone",
    "cat <<EOF >/tmp/unit\n[Service]\nExecStart=/bin/true\nEOF",
    "nsenter -t 1 -m -u -i -n -p -- /bin/true",
    "echo back\\\\slash \\# not a comment",
    "echo one; echo two # trailing",
    "# 1764000000",
    "#1764000000",
    " echo a leading space",
    "curl -fsS http://192.0.2.7/x || true",
]


def drive(argv, env, commands, at):
    """Types the commands into the shell on a terminal of its own, and leaves with `exit`."""
    pid, fd = pty.fork()
    if pid == 0:
        os.chdir(at)
        os.execvpe(argv[0], argv, {**ENV, "TERM": "dumb", "HOME": at, "LANG": "C.UTF-8", **env})
    try:
        drain(fd, 1.0)
        for command in [*commands, "exit"]:
            os.write(fd, command.encode() + b"\r" if "fish" in argv[-1] or "fish" in argv[0] else command.encode() + b"\n")
            drain(fd, 0.35)
    except OSError:
        pass
    os.waitpid(pid, 0)
    os.close(fd)


def drain(fd, seconds):
    end = time.time() + seconds
    while time.time() < end:
        if select.select([fd], [], [], 0.05)[0]:
            os.read(fd, 65536)


def record(shelf):
    at = f"{LAB}/home"

    def home():
        run(["rm", "-rf", at])
        os.makedirs(at)
        # Nothing named in the commands is on this machine: they fail inside these stand-ins, and are written all the same.
        for name in ("docker", "nsenter", "curl"):
            with open(f"{at}/{name}", "w") as out:
                out.write("#!/bin/sh\nexit 0\n")
            os.chmod(f"{at}/{name}", 0o755)

    def keep(path, name, what, commands=len(COMMANDS) + 1, times=0):
        with open(f"{at}/{path}", "rb") as f:
            data = f.read()
        shelf.put(name, data, what, lines=data.count(b"\n"), commands=commands, commands_with_time=times)

    path = {"PATH": f"{at}:{ENV['PATH']}"}
    started = int(time.time())
    # The commands change directory and write to /srv and /tmp: only in a mount namespace of their own.
    inside = ["unshare", "-m", "--propagation", "private", "sh", "-c", 'mount -t tmpfs tmpfs /srv; mkdir /srv/data; mount -t tmpfs tmpfs /tmp; exec "$@"', "lab"]
    home()
    drive([*inside, "bash", "--norc", "-i"], {**path, "HISTTIMEFORMAT": "%F %T ", "HISTFILE": f"{at}/.bash_history", "PS1": "$ "}, COMMANDS, at)
    keep(".bash_history", "bash-with-times", "bash, HISTTIMEFORMAT set: a line #EPOCH before each command; here-documents over several lines, loops joined", times=len(COMMANDS) + 1)
    home()
    drive([*inside, "bash", "--norc", "-i"], {**path, "HISTFILE": f"{at}/.bash_history", "PS1": "$ "}, COMMANDS, at)
    keep(".bash_history", "bash-without-times", "bash, HISTTIMEFORMAT unset: commands alone; multi-line commands joined by bash's cmdhist")
    drive([*inside, "bash", "--norc", "-i"], {**path, "HISTTIMEFORMAT": "%s ", "HISTFILE": f"{at}/.bash_history", "PS1": "$ "}, COMMANDS[:4], at)
    keep(".bash_history", "bash-times-later", "the same file after a second session with HISTTIMEFORMAT set: most of it without times", len(COMMANDS) + 6, 5)
    home()
    drive([*inside, "bash", "--norc", "-i"], {**path, "HISTTIMEFORMAT": "", "HISTFILE": f"{at}/.bash_history", "PS1": "$ ", "HISTCONTROL": "ignoreboth"},
          ["shopt -s lithist", *COMMANDS], at)
    keep(".bash_history", "bash-lithist", "bash with lithist and times: line breaks of commands kept; the command with a leading space is not saved", times=len(COMMANDS) + 1)
    home()
    with open(f"{at}/.zshrc", "w") as out:
        out.write(f"HISTFILE={at}/.zsh_history\nHISTSIZE=1000\nSAVEHIST=1000\nsetopt EXTENDED_HISTORY\nPS1='$ '\nunsetopt ZLE\nsetopt INTERACTIVE_COMMENTS\n")
    drive([*inside, "zsh", "-i"], path, COMMANDS, at)
    keep(".zsh_history", "zsh-extended", "zsh, EXTENDED_HISTORY: `: EPOCH:DURATION;command`, metafied bytes, line breaks as backslash and newline", times=len(COMMANDS) + 1)
    home()
    with open(f"{at}/.zshrc", "w") as out:
        out.write(f"HISTFILE={at}/.zsh_history\nHISTSIZE=1000\nSAVEHIST=1000\nPS1='$ '\nunsetopt ZLE\nsetopt INTERACTIVE_COMMENTS\n")
    drive([*inside, "zsh", "-i"], path, COMMANDS, at)
    keep(".zsh_history", "zsh-plain", "zsh without EXTENDED_HISTORY")
    home()
    fish = [c for c in COMMANDS if "<<EOF" not in c and not c.startswith("for")] + ["for i in 1 2\n  echo line $i\nend"]
    drive([*inside, "fish", "-i"], {**path, "XDG_DATA_HOME": f"{at}/share", "XDG_CONFIG_HOME": f"{at}/config", "TERM": "xterm"}, fish, at)
    keep("share/fish/fish_history", "fish", "fish: `- cmd:`, `when:`, `paths:`; line breaks as \\n, backslashes doubled; the command with a leading space is not saved", len(fish), len(fish))
    shelf.close(commands_typed=COMMANDS, commands_typed_in_fish=fish, typed_between_epoch=[started, int(time.time())], also_typed="exit, at the end of each session",
                note="typed on a terminal; docker, nsenter and curl are stand-ins that do nothing")

//! Reads the arguments of container runtimes and clients.

use model::Bytes;

/// Task and program names of programs that set up containers.
const RUNTIMES: &[&str] = &["runc", "crun", "youki", "kata-runtime", "lxc-start", "systemd-nspawn", "runsc"];

/// Flags of `runc`-like commands that take the next argument.
const RUNTIME_VALUE_FLAGS: &[&str] = &[
    "--root",
    "--log",
    "--log-format",
    "--rootless",
    "--criu",
    "--bundle",
    "-b",
    "--console-socket",
    "--pid-file",
    "--preserve-fds",
    "--process",
    "-p",
    "--cwd",
    "--env",
    "-e",
    "--user",
    "-u",
    "--additional-gids",
    "-g",
    "--process-label",
    "--apparmor",
    "--cap",
    "-c",
    "--cgroup",
    "--ignore-paused",
];

/// Whether the task name is that of a runtime whose child keeps the name until it becomes the
/// container's program (crun and its like; runc renames its stages).
pub fn keeps_its_name(comm: &[u8]) -> bool {
    is_runtime(comm) && comm != b"runc" && !is_runc_stage(comm)
}

/// Whether the program or task name is a container runtime's.
pub fn is_runtime(name: &[u8]) -> bool {
    let name = name.rsplit(|&byte| byte == b'/').next().unwrap_or(name);
    RUNTIMES.iter().any(|runtime| runtime.as_bytes() == name) || name.starts_with(b"runc:[")
}

/// The task name that a runc child shows before the container's program: its first process once it
/// has all namespaces.
pub fn is_runc_init(comm: &[u8]) -> bool {
    comm == b"runc:[2:INIT]"
}

/// Any of runc's own stages, which are not yet the container's program.
pub fn is_runc_stage(comm: &[u8]) -> bool {
    comm.starts_with(b"runc:[")
}

/// Whether the task name is that of a program that stays beside a container as its parent. The
/// kernel cuts task names after 15 bytes.
pub fn is_shim(comm: &[u8]) -> bool {
    comm.starts_with(b"containerd-shim") || comm == b"conmon"
}

/// What a runtime was asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LaunchVerb {
    /// Make a new container.
    Start,
    /// Run a further program inside one.
    Exec,
}

/// The container id in a runtime's arguments: `runc [global] run|create [flags] ID`, `runc … exec [flags] ID CMD…`.
/// `None` when they say something else.
pub fn runtime_request(argv: &[Bytes]) -> Option<(LaunchVerb, String)> {
    let program = argv.first()?;
    if !is_runtime(program.as_bytes()) {
        return None;
    }
    let mut verb = None;
    let mut arguments = argv[1..].iter();
    while let Some(argument) = arguments.next() {
        let text = argument.to_text();
        if text.starts_with('-') {
            if RUNTIME_VALUE_FLAGS.contains(&text.as_str()) {
                arguments.next();
            }
            continue;
        }
        match (verb, text.as_str()) {
            (None, "run" | "create" | "start" | "restore") => verb = Some(LaunchVerb::Start),
            (None, "exec") => verb = Some(LaunchVerb::Exec),
            (None, _) => return None,
            (Some(verb), _) => return Some((verb, text)),
        }
    }
    None
}

/// The id that a shim was started for: `containerd-shim-runc-v2 … -id ID`.
pub fn shim_container(argv: &[Bytes]) -> Option<String> {
    let program = argv.first()?;
    if !program.file_name().starts_with(b"containerd-shim") {
        return None;
    }
    let at = argv.iter().position(|argument| argument.as_bytes() == b"-id")?;
    argv.get(at + 1).map(Bytes::to_text)
}

/// Host directory and path inside, of every `-v SOURCE:TARGET[:…]`, `--volume=…` and
/// `--mount type=bind,source=…,target=…` in the arguments of a container client.
pub fn client_binds(argv: &[Bytes]) -> Vec<(Bytes, Bytes)> {
    let Some(program) = argv.first() else { return Vec::new() };
    if !matches!(program.file_name(), b"docker" | b"podman" | b"nerdctl" | b"ctr" | b"crictl") {
        return Vec::new();
    }
    let mut binds = Vec::new();
    for (at, argument) in argv.iter().enumerate() {
        let text = argument.to_text();
        let value = match text.split_once('=') {
            Some((flag @ ("--volume" | "--mount" | "-v"), value)) => Some((flag.to_string(), value.to_string())),
            _ if matches!(text.as_str(), "-v" | "--volume" | "--mount") => {
                argv.get(at + 1).map(|value| (text.clone(), value.to_text()))
            }
            _ => None,
        };
        let Some((flag, value)) = value else { continue };
        let bind = if flag == "--mount" { mount_option(&value) } else { volume_option(&value) };
        binds.extend(bind.filter(|(source, _)| source.as_bytes().starts_with(b"/")));
    }
    binds
}

fn volume_option(value: &str) -> Option<(Bytes, Bytes)> {
    let mut parts = value.split(':');
    let source = parts.next()?;
    let target = parts.next()?;
    Some((Bytes::from(source), Bytes::from(target)))
}

fn mount_option(value: &str) -> Option<(Bytes, Bytes)> {
    let (mut source, mut target) = (None, None);
    for part in value.split(',') {
        match part.split_once('=') {
            Some(("source" | "src", path)) => source = Some(Bytes::from(path)),
            Some(("target" | "dst" | "destination", path)) => target = Some(Bytes::from(path)),
            _ => {}
        }
    }
    source.zip(target)
}

/// The container id in a path of a runtime's state directory or of a cgroup:
/// `/run/runc/ID/…`, `/run/containerd/runc/k8s.io/ID/…`, `/sys/fs/cgroup/memory/docker/ID`,
/// `…/docker-ID.scope`, `…/cri-containerd-ID.scope`, `…/crio-ID.scope`, with its confidence.
pub fn container_in_path(path: &Bytes) -> Option<(String, u8)> {
    let text = path.to_text();
    let parts: Vec<&str> = text.split('/').filter(|part| !part.is_empty()).collect();
    if text.starts_with("/sys/fs/cgroup/") {
        return cgroup_container(&parts);
    }
    // The runtime's clone of itself lies in the state directory of the container: `…/ID/runc.XXXXXX`.
    let clone = parts.iter().position(|part| part.starts_with("runc.") && part.len() == "runc.".len() + 6)?;
    let id = clone.checked_sub(1).and_then(|at| parts.get(at))?;
    (parts.first() == Some(&"run") || parts.contains(&"runc")).then(|| ((*id).to_string(), 97))
}

fn cgroup_container(parts: &[&str]) -> Option<(String, u8)> {
    // `/sys/fs/cgroup/CONTROLLER/…/ID` (v1) or `/sys/fs/cgroup/…/ID` (v2); a path that ends at the
    // controller names no container.
    let below = parts.get(4..)?;
    let is_file = |part: &str| {
        let unit = [".scope", ".slice", ".service"].iter().any(|end| part.ends_with(end));
        part == "tasks" || part == "notify_on_release" || part.contains('.') && !unit
    };
    let last = below.iter().rev().find(|part| !is_file(part))?;
    let scope = last.strip_suffix(".scope").unwrap_or(last);
    let id = scope.rsplit_once('-').filter(|(_, id)| is_long_id(id)).map_or(scope, |(_, id)| id);
    Some((id.to_string(), 96))
}

fn is_long_id(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn argv(text: &str) -> Vec<Bytes> {
        text.split(' ').map(Bytes::from).collect()
    }

    #[test]
    fn runtime_arguments_name_the_container() {
        let cases = [
            ("runc run -b /bundle web", Some((LaunchVerb::Start, "web"))),
            (
                "/usr/sbin/runc --root /run/x --log /l create --bundle /b --pid-file /p abc",
                Some((LaunchVerb::Start, "abc")),
            ),
            ("runc exec -t --cwd /tmp web sh -c id", Some((LaunchVerb::Exec, "web"))),
            ("runc list", None),
            ("bash run web", None),
        ];
        for (text, expected) in cases {
            let expected = expected.map(|(verb, id)| (verb, id.to_string()));
            assert_eq!(runtime_request(&argv(text)), expected, "{text}");
        }
    }

    #[test]
    fn client_arguments_name_bind_mounts() {
        let binds =
            client_binds(&argv("docker run -v /srv/host:/host:rw --mount type=bind,src=/etc,dst=/e -v cache:/c img"));
        assert_eq!(binds, [(Bytes::from("/srv/host"), Bytes::from("/host")), (Bytes::from("/etc"), Bytes::from("/e"))]);
    }

    #[test]
    fn paths_name_containers() {
        let id = "a".repeat(64);
        let cases = [
            ("/run/runc/esc-s1/runc.U0F2Bo".to_string(), Some("esc-s1")),
            (format!("/sys/fs/cgroup/memory/docker/{id}"), Some(id.as_str())),
            (format!("/sys/fs/cgroup/system.slice/docker-{id}.scope"), Some(id.as_str())),
            ("/sys/fs/cgroup/memory/lab/shop/cgroup.procs".to_string(), Some("shop")),
            ("/sys/fs/cgroup/unified".to_string(), None),
            ("/srv/data/app.conf".to_string(), None),
        ];
        for (path, expected) in cases {
            let found = container_in_path(&Bytes::from(path.as_str()));
            assert_eq!(found.as_ref().map(|(id, _)| id.as_str()), expected, "{path}");
        }
    }
}

//! The words of the two runtimes that Kubernetes drives: containerd's CRI service and CRI-O.
//!
//! Each statement is its verb, its subject in Go's notation (`"ID"`, `&ContainerMetadata{Name:web,Attempt:0,}`, since
//! 2026 `name:"web"`), then what came of it: ` returns …`, ` failed`, or nothing, which is the request. What follows
//! the subject is looked at by its beginning, because commands and errors may say anything.

use model::{Action, Bytes, Outcome};

use super::{
    acts::{Act, container_of},
    record::Record,
};

/// Reads what `record` states in these words.
pub(super) fn act<'a>(record: &'a Record<'_>) -> Option<Act<'a>> {
    let message = record.message.as_ref();
    containerd(message).or_else(|| crio(message, record))
}

fn containerd(message: &str) -> Option<Act<'_>> {
    const VERBS: &[(&str, Action)] = &[
        ("StartContainer for ", Action::ContainerStart),
        ("StopContainer for ", Action::ContainerStop),
        ("RemoveContainer for ", Action::ContainerDelete),
        ("StopPodSandbox for ", Action::ContainerStop),
        ("RemovePodSandbox for ", Action::ContainerDelete),
        ("RemovePodSandbox ", Action::ContainerDelete),
    ];
    for (verb, action) in VERBS {
        if let Some(rest) = message.strip_prefix(verb) {
            let (id, after) = quoted(rest)?;
            return Some(result(*action, after, Some(id)));
        }
    }
    if let Some(rest) = message.strip_prefix("RunPodSandbox for ") {
        let (pod, after) = subject(rest);
        let id = after.strip_prefix(" returns sandbox id ").and_then(quoted).map(|(id, _)| id);
        return Some(pod_facts(result(Action::ContainerStart, after, id), pod));
    }
    if let Some(rest) = message.strip_prefix("CreateContainer within sandbox ") {
        let (sandbox, after) = quoted(rest)?;
        let after = after.strip_prefix(" for ")?;
        let (container, after) = subject(after.strip_prefix("container ").unwrap_or(after));
        let id = after.strip_prefix(" returns container id ").and_then(quoted).map(|(id, _)| id);
        let name = member(container, "name");
        return Some(
            result(Action::ContainerCreate, after, id).with("container.name", name).with("sandbox.id", Some(sandbox)),
        );
    }
    if let Some(rest) = message.strip_prefix("ExecSync for ").or_else(|| message.strip_prefix("Exec for ")) {
        return exec(rest);
    }
    if let Some(rest) = message.strip_prefix("PullImage ").or_else(|| message.strip_prefix("RemoveImage ")) {
        let (image, after) = quoted(rest)?;
        return Some(image_facts(result(Action::ImageChange, after, None), image));
    }
    bus_event(message)
}

/// What came of a request, by the text behind its subject. A request of which nothing is known is a message.
fn result<'a>(action: Action, after: &str, container: Option<&'a str>) -> Act<'a> {
    if after.starts_with(" returns") {
        Act::succeeded(action, container)
    } else if after.starts_with(" failed") {
        Act::new(action, Outcome::Failed { code: None }, container)
    } else {
        Act::message(container)
    }
}

/// `"ID" with command [sh -c id] and timeout 1 (s)`: the request is what names the command.
fn exec(rest: &str) -> Option<Act<'_>> {
    let (id, after) = quoted(rest)?;
    let Some(command) = after.strip_prefix(" with command [") else {
        let act = result(Action::ContainerExec, after, Some(id));
        let status = after.strip_prefix(" returns with exit code ");
        // The request is the event; that it returned is a message with its exit code.
        let act = if act.outcome == Outcome::Succeeded { Act::message(Some(id)) } else { act };
        return Some(act.with("exit_status", status));
    };
    let end = command.rfind("] and timeout ").or_else(|| command.rfind("], tty ")).unwrap_or(command.len());
    let mut act = Act::new(Action::ContainerExec, Outcome::Unknown, Some(id));
    // Go joins the arguments with spaces: where one ends and the next begins is lost.
    act.argv = words(&command[..end]);
    Some(act.with("command", Some(&command[..end])))
}

/// Arguments of one command that are kept.
const WORDS_MAX: usize = 256;

fn words(command: &str) -> Vec<Bytes> {
    command.split(' ').filter(|word| !word.is_empty()).take(WORDS_MAX).map(Bytes::from).collect()
}

/// `TaskExit event &TaskExit{ContainerID:…,ID:…,Pid:…,ExitStatus:…,ExitedAt:…}`, in newer releases
/// `received exit event container_id:"…" id:"…" pid:… exited_at:{…}`.
fn bus_event(message: &str) -> Option<Act<'_>> {
    let image = ["ImageCreate event ", "ImageUpdate event ", "ImageDelete event "];
    if let Some(rest) = image.iter().find_map(|verb| message.strip_prefix(verb)) {
        return Some(image_facts(Act::succeeded(Action::ImageChange, None), member(rest, "name")?));
    }
    let exit = ["TaskExit event", "received exit event", "received container exit event"];
    let oom = ["TaskOOM event", "received container oom event"];
    let starts = |verbs: &[&str]| verbs.iter().any(|verb| message.starts_with(verb));
    if !starts(&exit) && !starts(&oom) {
        return None;
    }
    let container = member(message, "containerid").or_else(|| member(message, "container_id"))?;
    let process = member(message, "id");
    let ended = match process {
        Some(process) if process != container => Action::ProcessExit,
        _ => Action::ContainerStop,
    };
    let status = member(message, "exitstatus").or_else(|| member(message, "exit_status"));
    let act = Act::succeeded(ended, Some(container)).with("pid", member(message, "pid")).with("exit_status", status);
    Some(act.with("exec_id", process.filter(|_| ended == Action::ProcessExit)))
}

/// CRI-O: `Created container ID: NAMESPACE/POD/CONTAINER`.
fn crio<'a>(message: &'a str, record: &'a Record<'_>) -> Option<Act<'a>> {
    if message == "Started container" {
        let act = Act::succeeded(Action::ContainerStart, container_of(record)).with("pid", record.field("PID"));
        return Some(described(act, record.field("description").unwrap_or_default()));
    }
    const VERBS: &[(&str, Action)] = &[
        ("Created container ", Action::ContainerCreate),
        ("Started container ", Action::ContainerStart),
        ("Stopped container ", Action::ContainerStop),
        ("Removed container ", Action::ContainerDelete),
        ("Ran pod sandbox ", Action::ContainerStart),
        ("Stopped pod sandbox: ", Action::ContainerStop),
        ("Stopped pod sandbox (already stopped): ", Action::ContainerStop),
        ("Removed pod sandbox: ", Action::ContainerDelete),
    ];
    for (verb, action) in VERBS {
        let Some(rest) = message.strip_prefix(verb) else { continue };
        let id = rest.split([' ', ':']).next().filter(|id| super::acts::is_id(id))?;
        let rest = &rest[id.len()..];
        let description = rest.strip_prefix(": ").or_else(|| rest.strip_prefix(" with infra container: "));
        return Some(described(Act::succeeded(*action, Some(id)), description.unwrap_or_default()));
    }
    if let Some(image) = message.strip_prefix("Pulled image: ") {
        return Some(image_facts(Act::succeeded(Action::ImageChange, None), image));
    }
    // At debug level every request is printed.
    let request = message.strip_prefix("Request: ").or_else(|| message.strip_prefix("request: "))?;
    if !request.starts_with("&ExecSyncRequest{") && !request.starts_with("&ExecRequest{") {
        return None;
    }
    let (_, command) = request.split_once(",Cmd:[")?;
    let end = command.rfind("],Timeout:").or_else(|| command.rfind("],Tty:")).unwrap_or(command.len());
    let container = member(request, "containerid");
    let mut act = Act::new(Action::ContainerExec, Outcome::Unknown, container);
    act.argv = words(&command[..end]);
    Some(act.with("command", Some(&command[..end])))
}

/// Adds the parts of `NAMESPACE/POD/CONTAINER`.
fn described<'a>(act: Act<'a>, description: &str) -> Act<'a> {
    let mut parts = description.split('/');
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(namespace), Some(pod), Some(container), None) if !pod.is_empty() => act
            .with("k8s.ns.name", Some(namespace))
            .with("k8s.pod.name", Some(pod))
            .with("container.name", Some(container)),
        _ => act,
    }
}

fn pod_facts<'a>(act: Act<'a>, pod: &str) -> Act<'a> {
    act.with("k8s.pod.name", member(pod, "name"))
        .with("k8s.pod.uid", member(pod, "uid"))
        .with("k8s.ns.name", member(pod, "namespace"))
}

/// Adds an image reference as a whole and in its parts.
pub(super) fn image_facts<'a>(act: Act<'a>, image: &str) -> Act<'a> {
    let (name, digest) = image.split_once('@').map_or((image, None), |(name, digest)| (name, Some(digest)));
    let tagged = name.rsplit_once(':').filter(|(_, tag)| !tag.contains('/') && !name.starts_with("sha256:"));
    let (repository, tag) = tagged.map_or((name, None), |(name, tag)| (name, Some(tag)));
    act.with("container.image", Some(image))
        .with("container.image.repository", Some(repository).filter(|name| !name.starts_with("sha256:")))
        .with("container.image.tag", tag)
        .with("container.image.digest", digest)
}

/// A text in quotes at the start of `rest`, and what follows it.
fn quoted(rest: &str) -> Option<(&str, &str)> {
    let inner = rest.strip_prefix('"')?;
    let end = inner.find('"')?;
    Some((&inner[..end], &inner[end + 1..]))
}

/// A subject in Go's notation at the start of `rest`, and what follows it.
fn subject(rest: &str) -> (&str, &str) {
    let end = if rest.starts_with('&') { rest.find('}').map(|end| end + 1) } else { None };
    let end = end.or_else(|| rest.find(" returns ")).or_else(|| rest.find(" failed")).unwrap_or(rest.len());
    rest.split_at(end)
}

/// The member `name` (lower case) of a structure in Go's notation (`Name:web,`) or protobuf's (`name:"web"`).
fn member<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(colon) = memchr::memchr(b':', bytes.get(at..)?).map(|found| at + found) {
        at = colon + 1;
        let Some(start) = colon.checked_sub(name.len()) else { continue };
        let starts = start == 0 || !bytes[start - 1].is_ascii_alphanumeric() && bytes[start - 1] != b'_';
        if !starts || !bytes[start..colon].eq_ignore_ascii_case(name.as_bytes()) {
            continue;
        }
        let value = &text[at..];
        let value = match value.strip_prefix('"') {
            Some(inner) => inner.split('"').next(),
            None => value.split([',', '}', ' ']).next(),
        };
        return value.filter(|value| !value.is_empty());
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_of_both_notations() {
        let go = "&PodSandboxMetadata{Name:web-1,Uid:8e98,Namespace:shop,Attempt:0,}";
        let protobuf = "name:\"web-1\" uid:\"8e98\" namespace:\"shop\"";
        for text in [go, protobuf] {
            assert_eq!(member(text, "name"), Some("web-1"), "{text}");
            assert_eq!(member(text, "uid"), Some("8e98"), "{text}");
            assert_eq!(member(text, "namespace"), Some("shop"), "{text}");
        }
        assert_eq!(member("&TaskExit{ContainerID:a,ID:b,}", "id"), Some("b"));
    }
}

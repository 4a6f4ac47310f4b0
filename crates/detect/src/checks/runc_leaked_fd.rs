//! A container is to be started, or a program in it, with a working directory behind a descriptor that the runtime left
//! open: `/proc/self/fd/N` leads to the host.

use model::{Action, ContainerRef, CrossingOutcome, Event, ObjectKind, Role};

use super::acts::{Acts, Seen, Sign};
use crate::Need;

/// Options of clients and runtimes that set the working directory.
const OPTIONS: &[&str] = &["--cwd", "--workdir", "-w", "--working-dir"];

/// Catalogue row 33 (CVE-2024-21626).
pub(super) fn check() -> Acts {
    let needs = &[Need::AnyOf(&[Action::ProcessChdir, Action::ContainerCreate, Action::ContainerExec])];
    let acts = &[
        Action::ProcessChdir,
        Action::ProcessExec,
        Action::ContainerCreate,
        Action::ContainerStart,
        Action::ContainerExec,
        Action::LogMessage,
        Action::ApiCreate,
        Action::ApiUpdate,
    ];
    Acts::new("runc_leaked_fd", &["T1611"], needs, acts, see)
}

fn see((): &mut (), event: &Event) -> Seen {
    if event.action == Action::ProcessChdir {
        // Only the runtime's last stage has such descriptors.
        let builds = event.fact(model::BUILDS_CONTAINER).is_some();
        let leads = event.object(Role::Target).and_then(|target| target.name.as_ref());
        let leads = leads.filter(|name| builds && is_descriptor(&name.to_text()));
        let sign = |name: &model::Bytes| Sign::crossing(event).with("path", name.to_text()).inside(container_of(event));
        return leads.map(sign).into();
    }
    let own = |sign: Sign| {
        sign.inside(container_of(event))
            .keyed(event.actor.user.clone().unwrap_or_default())
            .lacking("working_directory")
    };
    let means = |path: String| Sign::means(event).with("path", path);
    if let Some(directory) = asked(event) {
        return own(means(directory)).into();
    }
    if !matches!(event.format.as_str(), "runtime_log" | "docker_events") {
        return Seen::Nothing;
    }
    for text in ["error", "message"].into_iter().filter_map(|name| event.fact(name)) {
        let refused = text.contains("not a directory") || text.contains("no such file or directory");
        if let Some(path) = descriptor_in(text).filter(|_| refused) {
            // The descriptor was none, or a patched runtime had closed it.
            let sign = Sign { crossing: Some(CrossingOutcome::Attempted), ..means(path) };
            return own(sign).into();
        }
        if text.contains("possible container breakout detected") {
            // Also said when the directory of a running container was replaced on the host.
            return own(Sign::noted()).into();
        }
    }
    Seen::Nothing
}

/// The working directory that is asked for, where it is a descriptor.
fn asked(event: &Event) -> Option<String> {
    let stated = ["body.WorkingDir", "workingDir"].into_iter().filter_map(|name| event.fact(name));
    if let Some(directory) = stated.into_iter().find(|directory| is_descriptor(directory)) {
        return Some(directory.to_string());
    }
    // Most programs are not told such a thing at all.
    if !event.actor.argv.iter().any(|word| word.as_bytes().windows(4).any(|part| part == b"/fd/")) {
        return None;
    }
    let words: Vec<String> = event.actor.argv.iter().take(1_024).map(model::Bytes::to_text).collect();
    let value = |(at, word): (usize, &String)| match word.split_once('=') {
        Some((option, value)) if OPTIONS.contains(&option) => Some(value.to_string()),
        _ if OPTIONS.contains(&word.as_str()) => words.get(at + 1).cloned(),
        _ => None,
    };
    words.iter().enumerate().filter_map(value).find(|directory| is_descriptor(directory))
}

fn is_descriptor(path: &str) -> bool {
    let rest = path.strip_prefix("/proc/").and_then(|rest| rest.split_once("/fd/"));
    rest.is_some_and(|(pid, _)| matches!(pid, "self" | "thread-self") || pid.bytes().all(|byte| byte.is_ascii_digit()))
}

fn descriptor_in(text: &str) -> Option<String> {
    let start = text.find("/proc/self/fd/")?;
    let path = text[start..].split(|c: char| c.is_whitespace() || matches!(c, ':' | '"' | '\'' | ',')).next()?;
    Some(path.to_string())
}

fn container_of(event: &Event) -> Option<ContainerRef> {
    let object = event.objects.iter().find(|object| object.kind == ObjectKind::Container);
    let named = object.and_then(|object| object.name.as_ref()).map(model::Bytes::to_text);
    let id = event.fact(model::BUILDS_CONTAINER).map(str::to_string).or(named);
    let id = id.or(event.fact("container.id").map(str::to_string));
    id.map(|id| ContainerRef { id, confidence: 90 }).or(event.container.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptors_are_found_in_paths_and_in_messages() {
        assert!(is_descriptor("/proc/self/fd/7") && is_descriptor("/proc/1/fd/8/../.."));
        assert!(!is_descriptor("/proc/self/fdinfo/7") && !is_descriptor("/srv/proc/self/fd/7"));
        let message = "mkdir /proc/self/fd/7: not a directory: unknown";
        assert_eq!(descriptor_in(message).as_deref(), Some("/proc/self/fd/7"));
    }
}

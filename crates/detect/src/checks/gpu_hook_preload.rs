//! A container's image or pod names a library by a path that is the container's only inside a hook of the GPU runtime:
//! the hook runs as root of the host, with the container's files as its working directory.

use model::{Action, ContainerRef, Event, Role};

use super::{
    acts::{Acts, Seen, Sign},
    api,
};
use crate::Need;

/// Catalogue row 41 (CVE-2024-0132, CVE-2025-23266).
pub(super) fn check() -> Acts {
    let needs = &[Need::AnyOf(&[Action::ApiCreate, Action::ContainerCreate, Action::FileRead])];
    let acts = &[Action::ApiCreate, Action::ApiUpdate, Action::ContainerCreate, Action::ProcessExec, Action::FileRead];
    Acts::new("gpu_hook_preload", &["T1611", "T1574.006"], needs, acts, see)
}

fn see((): &mut (), event: &Event) -> Seen {
    if event.action == Action::FileRead {
        return hook_loads(event).into();
    }
    if event.container.is_some() {
        return Seen::Nothing;
    }
    let stated = ["ld_preload", "env.LD_PRELOAD", "body.Env"].into_iter().filter_map(|name| event.fact(name));
    let Some(library) = stated.into_iter().find(|text| is_relative(text)) else { return Seen::Nothing };
    if api::is_control_plane(event) {
        return Seen::Nothing;
    }
    let sign = Sign::means(event).with("path", library).with("target", api::object_name(event)).lacking("hook_record");
    sign.keyed(api::object_name(event)).into()
}

/// A path that means another file in another process: below its working directory.
fn is_relative(text: &str) -> bool {
    text.contains("/proc/self/cwd") || text.contains("LD_PRELOAD=./")
}

/// A process of the host, started while a container is built, loads a library of the container's.
fn hook_loads(event: &Event) -> Option<Sign> {
    let builds = event.fact(model::BUILDS_CONTAINER);
    let cwd = event.actor.cwd.as_ref()?.to_text();
    let root = cwd.ends_with("/merged") || cwd.ends_with("/rootfs") || cwd.contains("/merged/");
    let name = event.object(Role::Target)?.name.as_ref()?;
    let text = name.to_text();
    let library = text.ends_with(".so") || text.contains(".so.");
    // The runtime itself has the same directory, and loads nothing from it.
    let inside = text.starts_with("/proc/self/cwd/") || name.is_within(cwd.as_bytes());
    if event.container.is_some() || !root || !library || !inside {
        return None;
    }
    let container = builds.map(|id| ContainerRef { id: id.to_string(), confidence: 90 });
    Some(Sign::crossing(event).with("path", text).inside(container))
}

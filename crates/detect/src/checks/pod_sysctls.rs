//! Somebody asks for a pod with kernel settings that carry further ones (`value: "1+kernel.core_pattern=…"`), or with
//! settings that start programs on the node.

use model::{Action, Event};

use super::{
    acts::{Acts, Seen, Sign},
    api,
};
use crate::{Need, signs};

/// Settings that name programs of the host.
const PROGRAMS: &[&str] = &["kernel.core_pattern", "kernel.modprobe", "kernel.hotplug"];

/// Catalogue row 40 (CVE-2022-0811).
pub(super) fn check() -> Acts {
    let needs = &[Need::AnyOf(&[Action::ApiCreate, Action::ProcessExec])];
    let acts = &[Action::ApiCreate, Action::ApiUpdate, Action::ProcessExec];
    Acts::new("pod_sysctls", &["T1611", "T1610"], needs, acts, see)
}

fn see((): &mut (), event: &Event) -> Seen {
    if event.action == Action::ProcessExec {
        // CRI-O's helper, which sets them on the node before there is a container.
        let helper = event.actor.argv.first().is_some_and(|program| program.file_name() == b"pinns");
        if !helper || event.container.is_some() {
            return Seen::Nothing;
        }
        let setting = event.actor.argv.iter().skip(1).map(model::Bytes::to_text).find(|word| is_hostile(word));
        return setting.map(|setting| Sign::means(event).with("path", setting).lacking("setting_value")).into();
    }
    let list = event.fact("sysctls").filter(|_| !api::is_control_plane(event)).unwrap_or("[]");
    let settings: Vec<String> = serde_json::from_str(list).unwrap_or_default();
    let Some(setting) = settings.into_iter().find(|setting| is_hostile(setting)) else { return Seen::Nothing };
    let target = api::object_name(event);
    let sign = Sign::means(event).with("path", setting).with("target", target.clone()).lacking("setting_value");
    sign.keyed(target).at_most(signs::confidence(event, None).min(90)).into()
}

fn is_hostile(setting: &str) -> bool {
    let joined = setting.split_once('=').is_some_and(|(_, value)| value.contains('+') && value.contains('='));
    joined || PROGRAMS.iter().any(|program| setting.contains(program))
}

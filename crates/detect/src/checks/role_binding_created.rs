//! Somebody gives an identity of the cluster a role: it keeps it until the binding is deleted.

use model::{Action, Event};

use super::{
    acts::{Acts, Seen, Sign},
    api,
};
use crate::Need;

/// Left behind in the cluster. Whoever installs programs makes bindings, too: no crossing by itself.
pub(super) fn check() -> Acts {
    let acts = &[Action::ApiCreate, Action::ApiUpdate];
    Acts::new("role_binding_created", &["T1098.006"], &[Need::AnyOf(&[Action::ApiCreate])], acts, see)
}

fn see((): &mut (), event: &Event) -> Seen {
    let target = api::object_name(event);
    let is_binding = |part: &str| matches!(part, "clusterrolebindings" | "rolebindings");
    let binding = event.fact("resource").map_or_else(|| target.split('/').any(is_binding), is_binding);
    if !binding || api::is_control_plane(event) {
        return Seen::Nothing;
    }
    let Some(role) = event.fact("roleRef") else { return Seen::Undecided("role") };
    let wide = matches!(role, "ClusterRole/cluster-admin" | "ClusterRole/admin" | "ClusterRole/edit");
    let sign = Sign::noted().at_most(if wide { 80 } else { 40 }).with("path", role).with("target", target.clone());
    match event.fact("subjects") {
        Some(subjects) => sign.with("subjects", subjects).keyed(target).into(),
        None => sign.keyed(target).into(),
    }
}

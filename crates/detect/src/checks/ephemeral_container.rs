//! Somebody adds a container to a running pod (`kubectl debug`): it can share the processes of the pod's others.

use model::{Action, Event};

use super::{
    acts::{Acts, Seen, Sign},
    api,
};
use crate::Need;

/// Catalogue row 44, beside commands in pods. Administrators do it to look for faults: no crossing by itself.
pub(super) fn check() -> Acts {
    let acts = &[Action::ApiUpdate, Action::ApiCreate];
    Acts::new("ephemeral_container", &["T1609", "T1610"], &[Need::AnyOf(&[Action::ApiUpdate])], acts, see)
}

fn see((): &mut (), event: &Event) -> Seen {
    let target = api::object_name(event);
    let added = target.ends_with("/ephemeralcontainers") || event.fact("subresource") == Some("ephemeralcontainers");
    if !added || api::is_control_plane(event) {
        return Seen::Nothing;
    }
    Sign::noted().with("target", target.clone()).keyed(target).into()
}

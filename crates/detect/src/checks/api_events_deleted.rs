//! Somebody deletes events of the Kubernetes API, which tell what happened to pods. They expire by themselves; nobody
//! needs to delete them.

use model::{Action, Event};

use super::{
    acts::{Acts, Seen, Sign},
    api,
};
use crate::Need;

/// Catalogue row 46: the cluster's events.
pub(super) fn check() -> Acts {
    let needs = &[Need::AnyOf(&[Action::ApiDelete])];
    Acts::new("api_events_deleted", &["T1070"], needs, &[Action::ApiDelete], see)
}

fn see((): &mut (), event: &Event) -> Seen {
    let target = api::object_name(event);
    let events =
        event.fact("resource").map_or_else(|| target.split('/').any(|part| part == "events"), |r| r == "events");
    if !events || api::is_control_plane(event) {
        return Seen::Nothing;
    }
    Sign::noted().with("target", target).keyed(event.actor.user.clone().unwrap_or_default()).into()
}

//! Somebody uses the identity of a pod with a tool for people: `curl`, `kubectl`, a script. Programs in pods bring
//! clients of their own, but jobs of build systems do the same by right.

use model::Event;

use super::{
    acts::{Acts, Seen, Sign},
    api,
};
use crate::Need;

/// How such tools name themselves to servers.
const TOOLS: &[&str] = &[
    "curl/",
    "wget",
    "python",
    "kubectl",
    "go-http-client",
    "okhttp",
    "ruby",
    "perl",
    "libwww",
    "kdigger",
    "peirates",
];

/// Catalogue row 43.
pub(super) fn check() -> Acts {
    Acts::new("service_account_misuse", &["T1528", "T1552.007"], &[Need::AnyOf(api::REQUESTS)], api::REQUESTS, see)
}

fn see((): &mut (), event: &Event) -> Seen {
    let user = event.actor.user.as_deref().unwrap_or_default();
    if !user.starts_with("system:serviceaccount:") || api::is_control_plane(event) {
        return Seen::Nothing;
    }
    let Some(agent) = &event.actor.user_agent else { return Seen::Undecided("client_program") };
    let lower = agent.to_lowercase();
    if !TOOLS.iter().any(|tool| lower.starts_with(tool)) {
        return Seen::Nothing;
    }
    let mut sign = Sign::noted().at_most(50).with("command", agent.clone()).with("target", api::object_name(event));
    if let Some(pod) = event.fact("pod_name") {
        sign = sign.with("pod", pod);
    }
    sign.keyed(user).lacking("token_read").into()
}

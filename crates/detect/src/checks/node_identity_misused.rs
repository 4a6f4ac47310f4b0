//! A node's identity speaks to the API server through another program than the kubelet, or from another address.

use std::collections::{BTreeMap, BTreeSet};

use model::Event;

use super::{
    acts::{Acts, Seen, Sign},
    api,
};
use crate::Need;

/// Nodes, and addresses of each, that are remembered.
const NODES_MAX: usize = 10_000;
const ADDRESSES_MAX: usize = 16;

type Addresses = BTreeMap<String, BTreeSet<String>>;

/// Catalogue row 10: what stolen keys of a node are used for.
pub(super) fn check() -> Acts<Addresses> {
    Acts::new("node_identity_misused", &["T1552.004", "T1078"], &[Need::AnyOf(api::REQUESTS)], api::REQUESTS, see)
}

fn see(memory: &mut Addresses, event: &Event) -> Seen {
    let node = event.actor.user.as_deref().filter(|user| user.starts_with("system:node:"));
    let Some(node) = node else { return Seen::Nothing };
    let Some(agent) = &event.actor.user_agent else { return Seen::Undecided("client_program") };
    let address = event.actor.addresses.first();
    if agent.starts_with("kubelet") {
        if memory.len() < NODES_MAX || memory.contains_key(node) {
            let known = memory.entry(node.to_string()).or_default();
            known.extend(address.filter(|_| known.len() < ADDRESSES_MAX).cloned());
        }
        return Seen::Nothing;
    }
    // Other programs of the node have its key as well; from elsewhere it has left the node.
    let elsewhere = address.zip(memory.get(node)).is_some_and(|(address, known)| !known.contains(address));
    let sign = if elsewhere { Sign::means(event) } else { Sign::noted().at_most(60) };
    let sign = sign.with("command", agent.clone()).with("target", api::object_name(event));
    sign.keyed(node).lacking("node_log").into()
}

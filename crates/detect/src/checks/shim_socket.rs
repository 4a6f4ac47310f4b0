//! A container's process connects to the abstract socket of a containerd shim. Abstract sockets lie in the network
//! namespace: a container that has the host's can reach them.

use model::{Action, Event, Role};

use super::acts::{Acts, Seen, Sign};
use crate::{Need, signs};

/// Catalogue row 38 (CVE-2020-15257).
pub(super) fn check() -> Acts {
    let needs = &[Need::AnyOf(&[Action::SocketConnect]), Need::Containers];
    Acts::new("shim_socket", &["T1611", "T1610"], needs, &[Action::SocketConnect], see)
}

fn see((): &mut (), event: &Event) -> Seen {
    if event.container.is_none() {
        return Seen::Nothing;
    }
    let mut targets = event.objects.iter().filter(|object| object.role == Role::Target);
    let shim = targets.find_map(|object| object.name.as_ref().filter(|name| signs::is_shim_socket(name)));
    shim.map(|name| Sign::means(event).with("path", name.to_text()).lacking("runtime_request")).into()
}

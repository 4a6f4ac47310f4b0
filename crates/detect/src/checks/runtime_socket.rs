//! A container's process connects to the socket that commands the container runtime.

use model::{Action, CrossingOutcome, Event, Finding, Role};

use crate::{Check, Need, grouped::Grouped, signs};

const NAME: &str = "runtime_socket";

/// Catalogue rows 11 and 12.
#[derive(Default)]
pub(super) struct RuntimeSocket {
    by_container: Grouped<String>,
}

impl Check for RuntimeSocket {
    fn name(&self) -> &'static str {
        NAME
    }

    fn needs(&self) -> &'static [Need] {
        &[Need::AnyOf(&[Action::SocketConnect]), Need::Containers]
    }

    fn on(&mut self, event: &Event) {
        if event.action != Action::SocketConnect {
            return;
        }
        let (Some(container), Some(socket)) = (&event.container, runtime_socket(event)) else { return };
        // Being connected is the means; the container that it starts is the crossing.
        let crossing = signs::crossing_of(event.outcome).min(CrossingOutcome::Unknown);
        let mut group = self.by_container.of(container.id.clone(), || {
            let mut finding = signs::finding(NAME, &["T1611", "T1610"], event, Some(crossing));
            finding.facts.insert("path".to_string(), socket);
            finding.missing.push("runtime_request".to_string());
            finding
        });
        group.extend(event, crossing, signs::confidence(event, None));
    }

    fn findings(&self) -> Vec<Finding> {
        self.by_container.findings()
    }
}

fn runtime_socket(event: &Event) -> Option<String> {
    let own = |object: &&model::Object| object.role == Role::Target && signs::is_runtime_socket(object);
    // A shim's abstract socket is another technique's.
    let socket =
        event.objects.iter().filter(own).find(|object| !object.name.as_ref().is_some_and(signs::is_shim_socket))?;
    socket.name.as_ref().map(model::Bytes::to_text)
}

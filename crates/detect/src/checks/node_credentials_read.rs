//! A container's process reads the keys by which the node or the control plane speaks to the API server.

use model::{Action, Domain, Event, Outcome};

use super::acts::{Acts, Seen, Sign};
use crate::{Need, signs};

/// Files and directories of such keys, by a part of their path: the mount point before it is the container's choice.
const KEYS: &[&str] = &[
    "/kubelet/pki/",
    "/kubernetes/pki/",
    "/kubernetes/admin.conf",
    "/kubernetes/super-admin.conf",
    "/kubernetes/kubelet.conf",
    "/kubernetes/controller-manager.conf",
    "/kubernetes/scheduler.conf",
    "/kubelet/kubeconfig",
    "/k3s/server/tls/",
    "/k3s/server/cred/",
    "/k3s/k3s.yaml",
    "/rke2/rke2.yaml",
];

/// Catalogue row 10. Components of the control plane that run in containers read their own keys: no crossing by itself.
pub(super) fn check() -> Acts {
    let needs = &[Need::AnyOf(&[Action::FileRead]), Need::Containers];
    Acts::new("node_credentials_read", &["T1552.001", "T1552.004"], needs, &[Action::FileRead], see)
}

fn see((): &mut (), event: &Event) -> Seen {
    if event.container.is_none() || matches!(event.outcome, Outcome::Failed { .. }) {
        return Seen::Nothing;
    }
    let is_key = |path: &model::Bytes| {
        let text = path.to_text();
        KEYS.iter().any(|part| text.contains(part))
    };
    let key = event.objects.iter().find(|object| signs::judged_path(object).is_some_and(is_key));
    match key {
        Some(object) if object.domain == Some(Domain::Host) => {
            Sign::noted().on(object).at_most(signs::confidence(event, Some(object))).lacking("key_use").into()
        }
        Some(object) if object.domain.is_none() => Seen::Undecided("host_path"),
        _ => Seen::Nothing,
    }
}

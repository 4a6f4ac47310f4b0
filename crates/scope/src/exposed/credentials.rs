//! Follows credentials: read in one place, used in another.
//!
//! A request to the Kubernetes API under an identity whose credential was read before is a use of it when it comes from an
//! address, or by a client program, from which that identity was not used before the read. What comes from where it
//! always came is the rightful owner's, as far as the evidence can tell.

use std::collections::{BTreeMap, BTreeSet};

use model::{Action, Bytes, Event, ExposedContent, ObjectId};

/// Most pods whose service account is remembered, and identities whose places are.
const REMEMBERED_MAX: usize = 100_000;
/// Most places of one identity.
const PLACES_MAX: usize = 256;

/// From where an identity is used: address and client program.
type Place = (Option<String>, Option<String>);

/// What is known of identities and their credentials.
#[derive(Debug, Default)]
pub(super) struct Credentials {
    /// Service account by namespace and pod.
    accounts: BTreeMap<(String, String), String>,
    /// Where each identity was used before its credential was read.
    places: BTreeMap<String, BTreeSet<Place>>,
    /// The credentials that were read, by identity.
    read: BTreeMap<String, BTreeSet<ObjectId>>,
}

fn is_request(event: &Event) -> bool {
    matches!(
        event.action,
        Action::ApiCreate | Action::ApiUpdate | Action::ApiDelete | Action::ApiRead | Action::ApiConnect
    )
}

fn place(event: &Event) -> Place {
    // The nearest address is the one that connected; a proxy in front of the API server names the others.
    (event.actor.addresses.first().cloned(), event.actor.user_agent.clone())
}

impl Credentials {
    /// Learns from any event: which pod has which account, and from where identities are used.
    pub(super) fn note(&mut self, event: &Event) {
        if !is_request(event) {
            return;
        }
        if event.action == Action::ApiCreate && event.fact("resource") == Some("pods") {
            self.pod(event);
        }
        let Some(user) = event.actor.user.as_ref().filter(|user| !self.read.contains_key(*user)) else { return };
        if let Some(places) = self.places.get_mut(user) {
            if places.len() < PLACES_MAX {
                places.insert(place(event));
            }
        } else if self.places.len() < REMEMBERED_MAX {
            self.places.insert(user.clone(), BTreeSet::from([place(event)]));
        }
    }

    fn pod(&mut self, event: &Event) {
        let name = event.fact("name").map(str::to_string).or_else(|| {
            // The server makes up the rest of a generated name; the target has it, as `namespace/pods/name`.
            let target = event.object(model::Role::Target)?.name.as_ref()?.to_text();
            target.rsplit('/').next().map(str::to_string)
        });
        let (Some(namespace), Some(name), Some(account)) =
            (event.fact("namespace"), name, event.fact("serviceAccountName"))
        else {
            return;
        };
        if self.accounts.len() < REMEMBERED_MAX {
            self.accounts.insert((namespace.to_string(), name), account.to_string());
        }
    }

    /// A credential was read. Returns who one is with it, where that is known, and watches for its use.
    pub(super) fn read(
        &mut self,
        event: &Event,
        content: ExposedContent,
        path: Option<&Bytes>,
        id: &ObjectId,
    ) -> Option<String> {
        let identity = match content {
            // Only its own token lies in a container; of another pod's, below the kubelet's directory, the pod is not known.
            ExposedContent::ServiceAccountToken if path.is_some_and(is_own_token) => {
                let (namespace, pod) = (event.fact("k8s.ns.name")?, event.fact("k8s.pod.name")?);
                let account = self.accounts.get(&(namespace.to_string(), pod.to_string()))?;
                format!("system:serviceaccount:{namespace}:{account}")
            }
            ExposedContent::NodeCredential => format!("system:node:{}", event.host.as_ref()?),
            ExposedContent::ClusterAdminCredential
                if path.is_some_and(|path| path.to_text().ends_with("/admin.conf")) =>
            {
                "kubernetes-admin".to_string()
            }
            _ => return None,
        };
        self.read.entry(identity.clone()).or_default().insert(id.clone());
        Some(identity)
    }

    /// The credentials that this event uses from a new place.
    pub(super) fn used(&self, event: &Event) -> impl Iterator<Item = &ObjectId> {
        let user = event.actor.user.as_ref().filter(|_| is_request(event));
        let read = user.and_then(|user| self.read.get(user).map(|read| (user, read)));
        let is_new = |user: &String| self.places.get(user).is_none_or(|places| !places.contains(&place(event)));
        read.filter(|(user, _)| is_new(user)).into_iter().flat_map(|(_, read)| read)
    }
}

fn is_own_token(path: &Bytes) -> bool {
    path.to_text().contains("kubernetes.io/serviceaccount/")
}

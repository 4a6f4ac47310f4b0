//! Somebody asks the Kubernetes API for a privileged pod.

use super::api::PodRequest;

/// Catalogue row 1.
pub(super) fn check() -> PodRequest {
    PodRequest::new("privileged_pod", "privileged", |event| {
        (event.fact("privileged") == Some("true")).then(|| "privileged".to_string())
    })
}

//! What a request was, from the names that Google gives it.

/// A request to the Kubernetes API. What the names do not say is empty.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Request<'a> {
    pub verb: &'a str,
    /// Empty for the core group.
    pub api_group: &'a str,
    pub resource: &'a str,
    pub subresource: &'a str,
    pub namespace: &'a str,
    pub name: &'a str,
}

/// Reads `io.k8s.core.v1.pods.exec.create` with `core/v1/namespaces/shop/pods/web/exec`.
pub(super) fn read<'a>(method: &'a str, resource_name: &'a str) -> Request<'a> {
    let mut request = Request::default();
    let parts: Vec<&str> = method.split('.').collect();
    let (verb, rest) = parts.split_last().unwrap_or((&"", &[]));
    request.verb = verb;
    // Group names have dots and words of their own; the version stands between them and the resource.
    if let Some(version) = rest.iter().rposition(|part| is_version(part)) {
        let mut after = rest[version + 1..].iter();
        request.resource = after.next().unwrap_or(&"");
        request.subresource = after.next().unwrap_or(&"");
    }
    let path: Vec<&str> = resource_name.split('/').filter(|part| !part.is_empty()).collect();
    // Some entries have the whole `projects/…/clusters/…/k8s/namespaces/…` before it.
    let Some(version) = path.iter().position(|part| is_version(part)) else {
        place(&mut request, path.iter().position(|part| *part == "k8s").map_or(&[], |at| &path[at + 1..]));
        return request;
    };
    request.api_group = version.checked_sub(1).map_or("", |at| path[at]);
    if request.api_group == "core" {
        request.api_group = "";
    }
    place(&mut request, &path[version + 1..]);
    request
}

/// Reads `[namespaces/NAMESPACE/]RESOURCE[/NAME[/SUBRESOURCE]]`.
fn place<'a>(request: &mut Request<'a>, path: &[&'a str]) {
    let is_namespace = request.resource == "namespaces" || request.resource.is_empty() && path.len() < 3;
    let path = match path {
        ["namespaces", namespace, rest @ ..] if !is_namespace => {
            request.namespace = namespace;
            rest
        }
        _ => path,
    };
    if let Some(resource) = path.first().filter(|_| request.resource.is_empty()) {
        request.resource = resource;
    }
    request.name = path.get(1).unwrap_or(&"");
    if let Some(subresource) = path.get(2).filter(|_| request.subresource.is_empty()) {
        request.subresource = subresource;
    }
}

/// `v1`, `v1beta1`, `v2alpha1`.
fn is_version(part: &str) -> bool {
    let Some(rest) = part.strip_prefix('v') else { return false };
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let stage = rest[digits..].strip_prefix("alpha").or_else(|| rest[digits..].strip_prefix("beta"));
    digits > 0
        && match stage {
            Some(number) => !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()),
            None => rest.len() == digits,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_requests_are_taken_apart() {
        let request = |verb, api_group, resource, subresource, namespace, name| Request {
            verb,
            api_group,
            resource,
            subresource,
            namespace,
            name,
        };
        for (method, name, expected) in [
            (
                "io.k8s.core.v1.pods.exec.create",
                "core/v1/namespaces/shop/pods/web/exec",
                request("create", "", "pods", "exec", "shop", "web"),
            ),
            ("io.k8s.core.v1.pods.list", "core/v1/namespaces/shop/pods", request("list", "", "pods", "", "shop", "")),
            ("io.k8s.core.v1.pods.list", "core/v1/pods", request("list", "", "pods", "", "", "")),
            (
                "io.k8s.core.v1.nodes.patch",
                "core/v1/nodes/n1/status",
                request("patch", "", "nodes", "status", "", "n1"),
            ),
            (
                "io.k8s.authorization.rbac.v1.clusterrolebindings.create",
                "rbac.authorization.k8s.io/v1/clusterrolebindings/all",
                request("create", "rbac.authorization.k8s.io", "clusterrolebindings", "", "", "all"),
            ),
            (
                "io.k8s.core.v1.namespaces.delete",
                "core/v1/namespaces/shop",
                request("delete", "", "namespaces", "", "", "shop"),
            ),
            (
                "com.istio.networking.v1alpha3.gateways.update",
                "networking.istio.io/v1alpha3/namespaces/shop/gateways/g",
                request("update", "networking.istio.io", "gateways", "", "shop", "g"),
            ),
            (
                "io.k8s.core.v1.pods.create",
                "projects/p/locations/l/clusters/c/k8s/namespaces/shop/pods/web",
                request("create", "", "pods", "", "shop", "web"),
            ),
            ("io.k8s.get", "healthz", request("get", "", "", "", "", "")),
            ("", "", Request::default()),
        ] {
            assert_eq!(read(method, name), expected, "{method} {name}");
        }
    }
}

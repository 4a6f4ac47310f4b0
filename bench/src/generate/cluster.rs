//! Audit events of a Kubernetes API server, native and in the wrappers of those who sell clusters.

use std::fmt::Write as _;

use super::scene::{Request, Scene};

/// One event as the API server writes it; its JSON has no line end.
fn event(scene: &mut Scene) -> String {
    let request = scene.request();
    let time = scene.rfc3339();
    let micros = &time[..26];
    let number = scene.number;
    let Request { verb, user, namespace, resource, subresource, name, body } = request;
    let below = subresource.map_or_else(String::new, |part| format!("/{part}?command=sh&container=a&stdin=true"));
    let subresource = subresource.map_or_else(String::new, |part| format!(",\"subresource\":\"{part}\""));
    let address = scene.dice.below(250) + 1;
    let (level, bodies) = match body {
        Some(body) => (
            "RequestResponse",
            format!(
                ",\"requestObject\":{body},\"responseObject\":{}",
                body.replace("\"name\":", "\"uid\":\"3feb9ac6\",\"name\":")
            ),
        ),
        None => ("Metadata", String::new()),
    };
    format!(
        "{{\"kind\":\"Event\",\"apiVersion\":\"audit.k8s.io/v1\",\"level\":\"{level}\",\"auditID\":\"066fcef8-ae50-47ce-{:04x}-{number:012x}\",\
         \"stage\":\"ResponseComplete\",\"requestURI\":\"/api/v1/namespaces/{namespace}/{resource}/{name}{below}\",\"verb\":\"{verb}\",\
         \"user\":{{\"username\":\"{user}\",\"uid\":\"2\",\"groups\":[\"system:nodes\",\"system:authenticated\"]}},\"sourceIPs\":[\"192.0.2.{address}\"],\
         \"userAgent\":\"kubectl/v1.30.1 (linux/amd64) kubernetes/6911225\",\
         \"objectRef\":{{\"resource\":\"{resource}\",\"namespace\":\"{namespace}\",\"name\":\"{name}\",\"apiVersion\":\"v1\"{subresource}}},\
         \"responseStatus\":{{\"metadata\":{{}},\"code\":200}}{bodies},\"requestReceivedTimestamp\":\"{micros}Z\",\"stageTimestamp\":\"{micros}Z\",\
         \"annotations\":{{\"authorization.k8s.io/decision\":\"allow\",\
         \"authorization.k8s.io/reason\":\"RBAC: allowed by ClusterRoleBinding \\\"edit\\\" of ClusterRole \\\"edit\\\" to Group \\\"devs\\\"\"}}}}",
        number % 65_536,
    )
}

/// The text of a JSON string that holds this JSON.
fn quoted(json: &str) -> String {
    json.replace('\\', "\\\\").replace('"', "\\\"")
}

/// The audit log of an API server.
pub(crate) fn k8s_audit(scene: &mut Scene, out: &mut String) {
    out.push_str(&event(scene));
    out.push('\n');
}

/// AKS resource logs: the event is text in `properties.log`.
pub(crate) fn aks_audit(scene: &mut Scene, out: &mut String) {
    let event = event(scene);
    let _ = writeln!(
        out,
        "{{\"operationName\":\"Microsoft.ContainerService/managedClusters/diagnosticLogs/Read\",\"category\":\"kube-audit\",\
         \"ccpNamespace\":\"5e4bf4baee195b00017cdbfa\",\
         \"resourceId\":\"/SUBSCRIPTIONS/00000000-0000-0000-0000-000000000000/RESOURCEGROUPS/RG/PROVIDERS/MICROSOFT.CONTAINERSERVICE/MANAGEDCLUSTERS/SHOP-AKS\",\
         \"properties\":{{\"log\":\"{}\",\"stream\":\"stdout\",\"pod\":\"kube-apiserver-796bd9b775-xqk5s\"}},\"time\":\"{}\",\
         \"Cloud\":\"AzureCloud\",\"Environment\":\"prod\"}}",
        quoted(&event),
        scene.rfc3339(),
    );
}

/// Logs of EKS as CloudWatch exports them: batches whose `message` is the event as text.
pub(crate) fn eks_audit(scene: &mut Scene, out: &mut String) {
    let mut events = Vec::new();
    for _ in 0..8 {
        let event = event(scene);
        let (seconds, nanos) = scene.epoch();
        events.push(format!(
            "{{\"id\":\"{:056}\",\"timestamp\":{seconds}{:03},\"message\":\"{}\"}}",
            scene.number,
            nanos / 1_000_000,
            quoted(&event)
        ));
    }
    let _ = writeln!(
        out,
        "{{\"messageType\":\"DATA_MESSAGE\",\"owner\":\"000000000000\",\"logGroup\":\"/aws/eks/shop/cluster\",\
         \"logStream\":\"kube-apiserver-audit-0a1b2c3d\",\"subscriptionFilters\":[\"all\"],\"logEvents\":[{}]}}",
        events.join(",")
    );
}

/// Cloud Audit Logs of GKE.
pub(crate) fn gke_audit(scene: &mut Scene, out: &mut String) {
    let Request { verb, user, namespace, resource, subresource, name, body } = scene.request();
    let time = scene.rfc3339();
    let number = scene.number;
    let below = subresource.map_or_else(String::new, |part| format!("/{part}"));
    let method = subresource.map_or_else(String::new, |part| format!(".{part}"));
    let body = body.map_or_else(String::new, |body| {
        format!(",\"request\":{}", body.replacen('{', "{\"@type\":\"core.k8s.io/v1.Object\",", 1))
    });
    let _ = writeln!(
        out,
        "{{\"insertId\":\"0d9f8f0e-0000-4000-8000-{number:012x}\",\"labels\":{{\"authorization.k8s.io/decision\":\"allow\",\
         \"authorization.k8s.io/reason\":\"access granted by IAM permissions.\"}},\
         \"logName\":\"projects/shop-1/logs/cloudaudit.googleapis.com%2Factivity\",\
         \"operation\":{{\"first\":true,\"id\":\"0d9f8f0e-0000-4000-8000-{number:012x}\",\"last\":true,\"producer\":\"k8s.io\"}},\
         \"protoPayload\":{{\"@type\":\"type.googleapis.com/google.cloud.audit.AuditLog\",\"authenticationInfo\":{{\"principalEmail\":\"{user}\"}},\
         \"authorizationInfo\":[{{\"granted\":true,\"permission\":\"io.k8s.core.v1.{resource}{method}.{verb}\",\
         \"resource\":\"core/v1/namespaces/{namespace}/{resource}/{name}{below}\"}}],\"methodName\":\"io.k8s.core.v1.{resource}{method}.{verb}\",\
         \"requestMetadata\":{{\"callerIp\":\"192.0.2.7\",\"callerSuppliedUserAgent\":\"kubectl/v1.30.1 (linux/amd64) kubernetes/6911225\"}},\
         \"resourceName\":\"core/v1/namespaces/{namespace}/{resource}/{name}{below}\",\"serviceName\":\"k8s.io\",\"status\":{{}}{body}}},\
         \"receiveTimestamp\":\"{time}\",\"resource\":{{\"labels\":{{\"cluster_name\":\"shop\",\"location\":\"asia-northeast1\",\
         \"project_id\":\"shop-1\"}},\"type\":\"k8s_cluster\"}},\"timestamp\":\"{time}\"}}"
    );
}

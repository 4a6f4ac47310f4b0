//! What the bodies of a request say: the workload, the role or the token that was asked for.

use std::collections::BTreeMap;

use serde_json::{Value, value::RawValue};

use super::workload::{Workload, cut};
use crate::json_values::string_of;

/// Facts of an event.
type Facts = BTreeMap<String, String>;

/// The bodies that are shown, where they change something.
pub(in crate::formats) struct Bodies {
    request: Option<Value>,
    response: Option<Value>,
}

impl Bodies {
    /// Reads the bodies of a request. AKS gives them as text in its tables.
    pub fn read(request: Option<&RawValue>, response: Option<&RawValue>, verb: &str) -> Self {
        let parse = |raw: Option<&RawValue>| {
            let token = raw?.get();
            let text = if token.starts_with('"') { string_of(token)? } else { token.into() };
            serde_json::from_str(&text).ok()
        };
        if !matches!(verb, "create" | "update" | "patch") {
            return Self { request: None, response: None };
        }
        let response: Option<Value> = parse(response);
        let is_error = |body: &Value| body.get("kind").and_then(Value::as_str) == Some("Status");
        Self { request: parse(request), response: response.filter(|body| !is_error(body)) }
    }

    fn both(&self) -> impl Iterator<Item = &Value> {
        self.request.iter().chain(self.response.iter()).filter(|body| !body.is_null())
    }

    /// The name that the server gave.
    pub fn name(&self) -> Option<String> {
        let name = |body: &Value| body.pointer("/metadata/name").and_then(Value::as_str).map(str::to_string);
        self.response.as_ref().and_then(name).or_else(|| self.request.as_ref().and_then(name))
    }

    /// What they say of privilege, host paths, roles and tokens.
    pub fn facts(&self, resource: &str, subresource: &str, verb: &str, facts: &mut Facts) {
        match (resource, subresource) {
            // Their contents stay in the evidence: a report must not spread them.
            ("secrets" | "configmaps", _) => {}
            ("rolebindings" | "clusterrolebindings", _) => self.binding(facts),
            ("roles" | "clusterroles", _) => self.member("rules", facts),
            ("serviceaccounts", "token") => self.token(facts),
            _ => {
                let mut workload = Workload::default();
                self.both().for_each(|body| workload.search(body));
                let whole = verb != "patch" || self.response.is_some();
                workload.facts(whole, facts);
            }
        }
        if let Some(prefix) = self.both().find_map(|body| body.pointer("/metadata/generateName")?.as_str().map(cut)) {
            facts.insert("generateName".to_string(), prefix);
        }
    }

    fn member(&self, name: &str, facts: &mut Facts) {
        if let Some(value) = self.both().find_map(|body| body.get(name)).filter(|value| !value.is_null()) {
            facts.insert(name.to_string(), cut(&value.to_string()));
        }
    }

    fn binding(&self, facts: &mut Facts) {
        self.member("subjects", facts);
        let role = self.both().find_map(|body| {
            let part = |key| body.get("roleRef")?.get(key)?.as_str();
            Some(format!("{}/{}", part("kind")?, part("name")?))
        });
        if let Some(role) = role {
            facts.insert("roleRef".to_string(), cut(&role));
        }
    }

    /// A token request; the token itself is never copied.
    fn token(&self, facts: &mut Facts) {
        let spec = self.both().find_map(|body| body.get("spec"));
        for name in ["audiences", "expirationSeconds", "boundObjectRef"] {
            if let Some(value) = spec.and_then(|spec| spec.get(name)).filter(|value| !value.is_null()) {
                facts.insert(name.to_string(), cut(&value.to_string()));
            }
        }
    }
}

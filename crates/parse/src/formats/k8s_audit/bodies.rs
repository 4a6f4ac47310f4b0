//! What the bodies of a request say: the workload, the role or the token that was asked for.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::workload::{Workload, cut};
use crate::{
    json_tree::{self, Arena, Node, Skipped},
    json_values::string_of,
};

/// Facts of an event.
use model::Facts;

/// Who owns which field: often half of an object, and it repeats every field's name without being one.
const OWNERSHIP: Skipped = Skipped { below: "metadata", fields: &["managedFields"] };

/// The bodies that are shown, where they change something.
pub(in crate::formats) struct Bodies<'a> {
    request: Option<Node<'a>>,
    response: Option<Node<'a>>,
}

impl Bodies<'_> {
    /// Reads the bodies of a request and gives them to `each`. AKS gives them as text in its tables.
    pub fn read<T>(
        request: Option<&RawValue>,
        response: Option<&RawValue>,
        verb: &str,
        each: impl FnOnce(&Bodies<'_>) -> T,
    ) -> T {
        if !matches!(verb, "create" | "update" | "patch") {
            return each(&Bodies { request: None, response: None });
        }
        let texts = [request, response].map(text);
        let arena = Arena::default();
        let [request, response] =
            [&texts[0], &texts[1]].map(|text| json_tree::text_without(text.as_deref()?, &OWNERSHIP, &arena).ok());
        let is_error = |body: &Node<'_>| body.get("kind").str() == Some("Status");
        each(&Bodies { request, response: response.filter(|body| !is_error(body)) })
    }

    fn both(&self) -> impl Iterator<Item = &Node<'_>> {
        self.request.iter().chain(self.response.iter()).filter(|body| !body.is_null())
    }

    /// The name that the server gave.
    pub fn name(&self) -> Option<String> {
        let name = |body: &Node<'_>| body.get("metadata").get("name").str().map(str::to_string);
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
        if let Some(prefix) = self.both().find_map(|body| body.get("metadata").get("generateName").str().map(cut)) {
            facts.insert("generateName", prefix);
        }
    }

    fn member(&self, name: &str, facts: &mut Facts) {
        if let Some(value) = self.both().map(|body| body.get(name)).find(|value| !value.is_null()) {
            facts.insert(name, cut(&value.to_string()));
        }
    }

    fn binding(&self, facts: &mut Facts) {
        self.member("subjects", facts);
        let role = self.both().find_map(|body| {
            let part = |key| body.get("roleRef").get(key).str();
            Some(format!("{}/{}", part("kind")?, part("name")?))
        });
        if let Some(role) = role {
            facts.insert("roleRef", cut(&role));
        }
    }

    /// A token request; the token itself is never copied.
    fn token(&self, facts: &mut Facts) {
        let spec = self.both().map(|body| body.get("spec")).find(|spec| !spec.is_null());
        for name in ["audiences", "expirationSeconds", "boundObjectRef"] {
            if let Some(value) = spec.map(|spec| spec.get(name)).filter(|value| !value.is_null()) {
                facts.insert(name, cut(&value.to_string()));
            }
        }
    }
}

/// The text of a body; the text in it, where it was stored as one.
fn text(raw: Option<&RawValue>) -> Option<Cow<'_, str>> {
    let token = raw?.get();
    if token.starts_with('"') { string_of(token) } else { Some(Cow::Borrowed(token)) }
}

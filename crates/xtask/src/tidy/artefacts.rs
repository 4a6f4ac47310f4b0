//! `docs/artefacts.md` describes every type of the artefacts as `model` has it now.

use crate::{
    artefact_docs::{DOCUMENT, described, types, updated},
    tidy::Fault,
    tree::Tree,
};

pub(super) fn faults(tree: &Tree) -> Vec<Fault> {
    let types = match types(tree) {
        Ok(types) => types,
        Err(error) => return vec![Fault::new("crates/model", 0, error.to_string())],
    };
    if types.is_empty() {
        return Vec::new();
    }
    let Some(document) = tree.text(DOCUMENT) else { return vec![Fault::new(DOCUMENT, 0, "is missing")] };
    let mut faults = Vec::new();
    let described = described(document);
    for name in types.keys().filter(|name| !described.contains(*name)) {
        faults.push(Fault::new(
            DOCUMENT,
            0,
            format!("does not describe {name}; name it in a `<!-- fields: … -->` line"),
        ));
    }
    match updated(document, &types) {
        Err(error) => faults.push(Fault::new(DOCUMENT, 0, error.to_string())),
        Ok(text) if text != document => {
            let line = text.lines().zip(document.lines()).take_while(|(new, old)| new == old).count() + 1;
            faults.push(Fault::new(DOCUMENT, line, "differs from crates/model; run `cargo xtask docs`"));
        }
        Ok(_) => {}
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::planted;

    const MODEL: &str = "/// A.\n#[derive(Serialize)]\npub struct A {\n/// B.\npub b: u32,\n}";

    #[test]
    fn a_current_document_is_fine_and_any_other_is_not() {
        let tree = Tree::of(&[("crates/model/src/a.rs", MODEL)]);
        let empty = "# X\n<!-- fields: A -->\n<!-- /fields -->\n";
        let current = updated(empty, &types(&tree).unwrap()).unwrap();
        let with =
            |model: &str, document: &str| planted(faults, &[("crates/model/src/a.rs", model), (DOCUMENT, document)]);
        assert!(with(MODEL, &current).is_empty());
        assert!(with(MODEL, empty)[0].contains("cargo xtask docs"));
        assert!(with(&MODEL.replace("B.", "Other."), &current)[0].contains("cargo xtask docs"));
        assert!(with(MODEL, "# X\n")[0].contains("does not describe A"));
        assert!(with(&MODEL.replace("A {", "C {"), &current).iter().any(|fault| fault.contains("no type A")));
        assert!(with("struct {", &current)[0].contains("a.rs"));
    }
}

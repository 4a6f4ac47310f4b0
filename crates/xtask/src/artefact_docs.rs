//! Writes the field tables of `docs/artefacts.md` from the types of `model` and their doc comments.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result, bail};
use syn::{Attribute, Fields, GenericArgument, Item, PathArguments, Type, parse::Parser as _, punctuated::Punctuated};

use crate::tree::Tree;

/// The document with the tables.
pub(crate) const DOCUMENT: &str = "docs/artefacts.md";

const OPEN: &str = "<!-- fields: ";
const CLOSE: &str = "<!-- /fields -->";

/// The serialised types of `model` by name, each with its Markdown.
pub(crate) type Types = BTreeMap<String, String>;

/// Reads every public struct and enum of `model` that becomes JSON.
///
/// Types whose JSON form is written by hand (hashes, times, ids, bytes) are described in prose; they are
/// not derived, and not here. Fails on a source file that cannot be parsed.
pub(crate) fn types(tree: &Tree) -> Result<Types> {
    let mut found = Types::new();
    for path in tree.matching("crates/model/src/", ".rs") {
        let file = syn::parse_file(tree.text(path).unwrap_or_default()).with_context(|| path.to_string())?;
        for item in &file.items {
            match item {
                Item::Struct(item) if derives_serialize(&item.attrs) => {
                    found.insert(item.ident.to_string(), structure(item));
                }
                Item::Enum(item) if derives_serialize(&item.attrs) => {
                    found.insert(item.ident.to_string(), enumeration(item));
                }
                Item::Macro(item) if item.mac.path.is_ident("actions") => {
                    let text = actions.parse2(item.mac.tokens.clone()).with_context(|| path.to_string())?;
                    found.insert("Action".to_string(), text);
                }
                _ => {}
            }
        }
    }
    Ok(found)
}

/// The types that the document names.
pub(crate) fn described(document: &str) -> BTreeSet<String> {
    document.lines().filter_map(named_types).flatten().map(ToString::to_string).collect()
}

fn named_types(line: &str) -> Option<impl Iterator<Item = &str>> {
    Some(line.strip_prefix(OPEN)?.strip_suffix("-->")?.split_whitespace())
}

/// The document with fresh tables between its markers.
///
/// Fails when a marker names an unknown type or is not closed.
pub(crate) fn updated(document: &str, types: &Types) -> Result<String> {
    let mut text = String::new();
    let mut lines = document.lines();
    while let Some(line) = lines.next() {
        text.push_str(line);
        text.push('\n');
        let Some(names) = named_types(line) else { continue };
        for name in names {
            let Some(table) = types.get(name) else { bail!("there is no type {name} in crates/model") };
            text.push_str(&format!("\n#### {name}\n\n{table}"));
        }
        text.push('\n');
        if !lines.any(|line| line == CLOSE) {
            bail!("`{line}` is not closed by `{CLOSE}`");
        }
        text.push_str(CLOSE);
        text.push('\n');
    }
    Ok(text)
}

fn structure(item: &syn::ItemStruct) -> String {
    let mut text = format!("{}\n", doc(&item.attrs));
    if let Fields::Named(fields) = &item.fields {
        text.push_str("\n| field | type | meaning |\n|---|---|---|\n");
        for field in &fields.named {
            text.push_str(&row(field));
        }
    } else if let Fields::Unnamed(fields) = &item.fields
        && let Some(field) = fields.unnamed.first()
    {
        text.push_str(&format!("\nIn JSON: {}.\n", type_text(&field.ty)));
    }
    text
}

fn row(field: &syn::Field) -> String {
    let serde = serde_words(&field.attrs);
    let name = field.ident.as_ref().map(ToString::to_string).unwrap_or_default();
    let name = quoted(&serde, "rename").unwrap_or(name);
    if serde.contains("flatten") {
        return format!("| (of {}) | | its fields stand here: {} |\n", type_text(&field.ty), cell(&field.attrs));
    }
    let may_be_absent =
        if serde.contains("default") || serde.contains("skip_serializing_if") { ", may be absent" } else { "" };
    // `Option` with `skip_serializing_if` is absent, never null.
    let shown = type_text(&field.ty);
    let shown = if may_be_absent.is_empty() { shown } else { shown.replace(" or null", "") };
    format!("| `{name}` | {shown}{may_be_absent} | {} |\n", cell(&field.attrs))
}

fn enumeration(item: &syn::ItemEnum) -> String {
    let serde = serde_words(&item.attrs);
    let tag = quoted(&serde, "tag");
    let snake = serde.contains("snake_case");
    let mut text = format!("{}\n\n", doc(&item.attrs));
    match &tag {
        Some(tag) => text.push_str(&format!("| `{tag}` | further fields | meaning |\n|---|---|---|\n")),
        None => text.push_str("| value | meaning |\n|---|---|\n"),
    }
    for variant in &item.variants {
        let name = variant.ident.to_string();
        let name =
            quoted(&serde_words(&variant.attrs), "rename").unwrap_or(if snake { snake_case(&name) } else { name });
        let fields: Vec<String> = variant
            .fields
            .iter()
            .map(|field| {
                let named = field.ident.as_ref().map(ToString::to_string).unwrap_or_default();
                format!("`{named}`: {}: {}", type_text(&field.ty), cell(&field.attrs))
            })
            .collect();
        match tag {
            Some(_) => text.push_str(&format!("| `{name}` | {} | {} |\n", fields.join("<br>"), cell(&variant.attrs))),
            None => text.push_str(&format!("| `{name}` | {} |\n", cell(&variant.attrs))),
        }
    }
    text
}

/// `Variant = "name", "doc";` of the macro that defines `Action`.
fn actions(input: syn::parse::ParseStream) -> syn::Result<String> {
    let mut text = String::from("What was done, spelt `noun.verb`.\n\n| value | meaning |\n|---|---|\n");
    while !input.is_empty() {
        input.parse::<syn::Ident>()?;
        input.parse::<syn::Token![=]>()?;
        let name: syn::LitStr = input.parse()?;
        input.parse::<syn::Token![,]>()?;
        let meaning: syn::LitStr = input.parse()?;
        input.parse::<syn::Token![;]>()?;
        text.push_str(&format!("| `{}` | {} |\n", name.value(), meaning.value().replace('|', "\\|")));
    }
    Ok(text)
}

fn derives_serialize(attributes: &[Attribute]) -> bool {
    let list = Punctuated::<syn::Path, syn::Token![,]>::parse_terminated;
    attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("derive"))
        .filter_map(|attribute| attribute.parse_args_with(list).ok())
        .any(|paths| paths.iter().any(|path| path.is_ident("Serialize")))
}

/// The text of all `serde(…)` attributes.
fn serde_words(attributes: &[Attribute]) -> String {
    let lists = attributes.iter().filter(|attribute| attribute.path().is_ident("serde"));
    lists.filter_map(|attribute| attribute.meta.require_list().ok()).map(|list| format!("{} ", list.tokens)).collect()
}

/// The value of `name = "value"`.
fn quoted(words: &str, name: &str) -> Option<String> {
    let (_, rest) = words.split_once(&format!("{name} = \""))?;
    rest.split('"').next().map(ToString::to_string)
}

/// The doc comment as one paragraph per blank line, links of rustdoc turned into code.
fn doc(attributes: &[Attribute]) -> String {
    let mut paragraphs = vec![String::new()];
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("doc")) {
        let Ok(value) = attribute.meta.require_name_value() else { continue };
        let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(line), .. }) = &value.value else { continue };
        let line = line.value().trim().replace("[`", "`").replace("`]", "`");
        match (line.is_empty(), paragraphs.last_mut()) {
            (true, _) => paragraphs.push(String::new()),
            (false, Some(last)) if last.is_empty() => last.push_str(&line),
            (false, Some(last)) => {
                last.push(' ');
                last.push_str(&line);
            }
            (false, None) => {}
        }
    }
    paragraphs.join("\n\n").trim().to_string()
}

fn cell(attributes: &[Attribute]) -> String {
    doc(attributes).replace("\n\n", " ").replace('|', "\\|")
}

/// A type as a reader of JSON sees it.
fn type_text(kind: &Type) -> String {
    match kind {
        Type::Path(path) => path.path.segments.last().map(segment_text).unwrap_or_default(),
        Type::Tuple(tuple) => {
            let parts: Vec<String> = tuple.elems.iter().map(type_text).collect();
            format!("list of exactly {}", parts.join(" and "))
        }
        Type::Array(array) => format!("list of {}", type_text(&array.elem)),
        Type::Reference(reference) => type_text(&reference.elem),
        _ => String::from("value"),
    }
}

fn segment_text(segment: &syn::PathSegment) -> String {
    let name = segment.ident.to_string();
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else {
        return match name.as_str() {
            "String" | "str" => "text".to_string(),
            "bool" => "true or false".to_string(),
            "u8" | "u16" | "u32" | "u64" | "usize" => "whole number, not negative".to_string(),
            "i32" | "i64" => "whole number".to_string(),
            "T" => "value".to_string(),
            _ => name,
        };
    };
    let inner: Vec<String> = arguments
        .args
        .iter()
        .filter_map(|argument| match argument {
            GenericArgument::Type(kind) => Some(type_text(kind)),
            _ => None,
        })
        .collect();
    match (name.as_str(), inner.as_slice()) {
        ("Option", [one]) => format!("{one} or null"),
        ("Vec", [one]) => format!("list of {one}"),
        ("BTreeMap", [key, value]) => format!("object: {key} → {value}"),
        _ => format!("{name} of {}", inner.join(", ")),
    }
}

fn snake_case(name: &str) -> String {
    let mut text = String::new();
    for character in name.chars() {
        if character.is_uppercase() && !text.is_empty() {
            text.push('_');
        }
        text.extend(character.to_lowercase());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_show_what_the_json_holds() {
        let source = r#"
            /// One thing.
            ///
            /// More of [`it`].
            #[derive(Debug, Serialize)]
            pub struct Thing {
                /// Its | name.
                pub name: Option<String>,
                /// Kind.
                #[serde(rename = "sort")]
                pub kind: bool,
                /// Parts.
                #[serde(default, skip_serializing_if = "Vec::is_empty")]
                pub parts: Vec<(String, u8)>,
                /// Core.
                #[serde(flatten)]
                pub core: Core,
            }
            #[derive(Debug)]
            pub struct Hidden;
            /// A way.
            #[derive(Serialize)]
            #[serde(rename_all = "snake_case", tag = "way")]
            pub enum Way {
                /// Far.
                FarOut {
                    /// How far.
                    by: u64,
                },
            }
            actions! { X = "x.y", "Done."; }
        "#;
        let types = types(&Tree::of(&[("crates/model/src/a.rs", source)])).unwrap();
        assert_eq!(types.keys().collect::<Vec<_>>(), ["Action", "Thing", "Way"]);
        assert_eq!(
            types["Thing"],
            "One thing.\n\nMore of `it`.\n\n| field | type | meaning |\n|---|---|---|\n\
             | `name` | text or null | Its \\| name. |\n\
             | `sort` | true or false | Kind. |\n\
             | `parts` | list of list of exactly text and whole number, not negative, may be absent | Parts. |\n\
             | (of Core) | | its fields stand here: Core. |\n"
        );
        assert_eq!(
            types["Way"],
            "A way.\n\n| `way` | further fields | meaning |\n|---|---|---|\n\
             | `far_out` | `by`: whole number, not negative: How far. | Far. |\n"
        );
        assert!(types["Action"].ends_with("| `x.y` | Done. |\n"));
    }

    #[test]
    fn only_the_tables_are_rewritten() {
        let types = Types::from([("A".to_string(), "a\n".to_string())]);
        let document = "x\n<!-- fields: A -->\nold\n<!-- /fields -->\ny\n";
        let new = "x\n<!-- fields: A -->\n\n#### A\n\na\n\n<!-- /fields -->\ny\n";
        assert_eq!(updated(document, &types).unwrap(), new);
        assert_eq!(updated(new, &types).unwrap(), new);
        assert!(updated("<!-- fields: A -->\n", &types).is_err());
        assert!(updated("<!-- fields: B -->\n<!-- /fields -->\n", &types).is_err());
    }
}

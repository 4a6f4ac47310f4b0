//! Thinkers (and the nouns) are functions from values to values: no disk, network, clock or environment.

use crate::{
    manifests::{Floor, floor, manifests},
    modules::modules,
    rust_code::{code, names, without_tests},
    tidy::Fault,
    tree::Tree,
};

/// Paths that reach the world, by their first components.
const WORLD: &[&str] = &[
    "std::fs",
    "std::env",
    "std::process",
    "std::thread",
    "std::os",
    "std::net::TcpStream",
    "std::net::TcpListener",
    "std::net::UdpSocket",
    "std::net::ToSocketAddrs",
    "std::io::stdin",
    "std::io::stdout",
    "std::io::stderr",
    "std::time::SystemTime",
    "std::time::Instant",
    "std::collections::hash_map::RandomState",
    "stdx::artefact",
    "stdx::atomic",
    "stdx::lock",
    "stdx::positional",
    "stdx::write_atomic",
    "stdx::SystemClock",
    "stdx::clock::SystemClock",
];

/// Words that reach the world wherever they stand.
const WORDS: &[&str] = &["SystemTime", "Instant", "print", "println", "eprint", "eprintln", "option_env"];

pub(super) fn faults(tree: &Tree) -> Vec<Fault> {
    let mut faults = Vec::new();
    for manifest in manifests(tree) {
        if floor(&manifest.name) != Some(Floor::Thinker) && manifest.name != "model" {
            continue;
        }
        for path in modules(tree, &manifest.directory).product {
            let text = without_tests(&code(tree.text(&path).unwrap_or_default()).text);
            for named in names(&text) {
                let is_world = WORLD.iter().any(|world| {
                    named.path.strip_prefix(world).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
                });
                if is_world || named.path.split("::").any(|word| WORDS.contains(&word)) {
                    let text = format!(
                        "{} is pure and names {}; take what it gives as an argument",
                        manifest.name, named.path
                    );
                    faults.push(Fault::new(&path, named.line, text));
                }
            }
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::planted;

    fn one(name: &str, source: &str) -> Vec<String> {
        let manifest = format!("[package]\nname = \"{name}\"");
        planted(faults, &[("crates/x/Cargo.toml", &manifest), ("crates/x/src/lib.rs", source)])
    }

    #[test]
    fn values_tests_and_hands_are_fine() {
        assert!(one("parse", "use std::net::{Ipv4Addr, Ipv6Addr}; // std::fs\nfn f() { \"std::env\"; }").is_empty());
        assert!(one("parse", "#[cfg(test)]\nmod tests { use std::fs; }").is_empty());
        assert!(one("intake", "use std::fs;").is_empty());
        assert!(one("parse", "use std::fsx; use crate::instant; const P: &str = env!(\"X\");").is_empty());
    }

    #[test]
    fn every_way_to_the_world_is_found() {
        for source in [
            "use std::fs;",
            "use std::{io::Read, fs::File};",
            "fn f() { ::std::env::var(\"X\"); }",
            "use std::{time::{Duration, Instant}};",
            "fn f() { let t = std::time::SystemTime::now(); }",
            "fn f() { println!(\"x\"); }",
            "use std::net::TcpStream;",
            "use stdx::{capped, write_atomic};",
        ] {
            assert_eq!(one("parse", source).len(), 1, "{source}");
        }
        assert_eq!(one("model", "use std::fs;").len(), 1);
        assert_eq!(
            one("parse", "\n\nuse std::{\n  io,\n  fs,\n};")[0].split(' ').next(),
            Some("crates/x/src/lib.rs:5:")
        );
    }
}

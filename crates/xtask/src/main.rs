//! `cargo xtask`: the chores of this repository. `cargo xtask ci` is all of continuous integration.

mod artefact_docs;
mod ci;
mod licences;
mod manifests;
mod modules;
mod rust_code;
mod tidy;
mod tree;
mod unpack;

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use anyhow::{Context as _, Result, bail, ensure};

const USAGE: &str = "\
cargo xtask ci                    everything that continuous integration runs
cargo xtask tidy                  the rules that no compiler checks
cargo xtask licences              the licences of all libraries against deny.toml
cargo xtask docs                  write the field tables of docs/artefacts.md from crates/model
cargo xtask golden --update       accept what the tests give now as their answers; read the diff
cargo xtask unpack ARCHIVE DIR    unpack a .tar.zst of lab/recordings without root";

fn main() -> ExitCode {
    let words: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match run(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(words: &[&str]) -> Result<()> {
    let root = root()?;
    match words {
        ["ci"] => ci::run(&root),
        ["tidy"] => tidy::run(&root),
        ["licences"] => licences::run(&root),
        ["docs"] => docs(&root),
        ["golden", "--update"] => golden(&root),
        ["unpack", archive, into] => unpack::run(Path::new(archive), Path::new(into)),
        ["help" | "--help" | "-h"] => {
            println!("{USAGE}");
            Ok(())
        }
        _ => bail!("{USAGE}"),
    }
}

/// The checkout: two directories above this crate.
fn root() -> Result<PathBuf> {
    // Set by `cargo run`. What was compiled in may be another checkout that shares the target directory.
    let own =
        env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    own.ancestors().nth(2).map(Path::to_path_buf).context("the crate does not lie in crates/xtask")
}

fn docs(root: &Path) -> Result<()> {
    let types = artefact_docs::types(&tree::Tree::read(root)?)?;
    let path = root.join(artefact_docs::DOCUMENT);
    let old = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let new = artefact_docs::updated(&old, &types)?;
    if new != old {
        fs::write(&path, new).with_context(|| format!("cannot write {}", path.display()))?;
        println!("docs: wrote {}", path.display());
    }
    Ok(())
}

fn golden(root: &Path) -> Result<()> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["nextest", "run", "--workspace", "--no-fail-fast"]).env("YOBITSUGI_UPDATE", "1").current_dir(root);
    let status = command.status().context("cannot start the tests")?;
    ensure!(status.success(), "some tests fail whatever their accepted answers are");
    println!("golden: now read `git diff`, line by line");
    Ok(())
}

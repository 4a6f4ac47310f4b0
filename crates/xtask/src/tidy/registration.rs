//! One more of a kind is one file, one page and two lines: each is there for each member.

use crate::{
    rust_code::{code, declared_modules, without_tests},
    tidy::Fault,
    tree::Tree,
};

/// An extensible kind.
struct Kind {
    /// Folder with one file per member.
    folder: &'static str,
    /// Folder with one page per member, where this kind is tested by pages.
    pages: Option<&'static str>,
    /// First lines of answers that a page must show between all its cases.
    answers: &'static [&'static str],
    /// Modules in the folder that are no members, each with what it is.
    shared: &'static [(&'static str, &'static str)],
}

const KINDS: &[Kind] = &[
    Kind { folder: "crates/parse/src/formats", pages: Some("crates/parse/tests/formats"), answers: &[], shared: &[] },
    Kind {
        folder: "crates/detect/src/checks",
        pages: Some("crates/detect/tests/checks"),
        answers: &["yes", "no", "cannot tell"],
        shared: &[
            ("acts", "what the checks share that know a technique by single acts"),
            ("api", "what the checks of API events share"),
            ("crossed", "what the checks of cover-up share"),
            ("host_writes", "what the checks of host files share"),
            ("settings", "what the checks of kernel settings share"),
        ],
    },
    Kind { folder: "crates/backup/src/backends", pages: None, answers: &[], shared: &[] },
    Kind { folder: "crates/verify/src/checks", pages: Some("crates/verify/tests/checks"), answers: &[], shared: &[] },
    Kind {
        folder: "crates/report/src/sections",
        pages: None,
        answers: &[],
        shared: &[("cited", "how every section cites events")],
    },
    Kind {
        folder: "crates/report/src/exports",
        pages: None,
        answers: &[],
        shared: &[("pieces", "what the exports share")],
    },
    Kind { folder: "crates/restore/src/steps", pages: None, answers: &[], shared: &[] },
    Kind { folder: "crates/xtask/src/tidy", pages: None, answers: &[], shared: &[] },
];

pub(super) fn faults(tree: &Tree) -> Vec<Fault> {
    let mut faults = Vec::new();
    for kind in KINDS.iter().filter(|kind| tree.has_directory(kind.folder)) {
        members(tree, kind, &mut faults);
        if let Some(pages) = kind.pages {
            for page in tree.matching(pages, ".md") {
                let name = page[pages.len()..].trim_start_matches('/').trim_end_matches(".md");
                if !tree.contains(&format!("{}/{name}.rs", kind.folder)) {
                    faults.push(Fault::new(page, 0, format!("there is no {}/{name}.rs", kind.folder)));
                }
                answers(tree, kind, page, &mut faults);
            }
        }
    }
    faults
}

fn members(tree: &Tree, kind: &Kind, faults: &mut Vec<Fault>) {
    let table_path = format!("{}.rs", kind.folder);
    let Some(table) = tree.text(&table_path) else {
        faults.push(Fault::new(&table_path, 0, "the table file of this kind is missing"));
        return;
    };
    let table = without_tests(&code(table).text);
    let declared = declared_modules(&table);
    let files: Vec<&str> = tree
        .matching(kind.folder, ".rs")
        .filter_map(|path| path[kind.folder.len()..].strip_prefix('/')?.strip_suffix(".rs"))
        .filter(|name| !name.contains('/'))
        .collect();
    for name in files {
        let path = format!("{}/{name}.rs", kind.folder);
        if !declared.iter().any(|known| known == name) {
            faults.push(Fault::new(&path, 0, format!("{table_path} has no `mod {name};`")));
        }
        if kind.shared.iter().any(|(shared, _)| *shared == name) {
            continue;
        }
        if !crate::rust_code::names(&table).iter().any(|named| named.path.starts_with(&format!("{name}::"))) {
            faults.push(Fault::new(&path, 0, format!("{table_path} has no table line for it (`{name}::…`)")));
        }
        if let Some(pages) = kind.pages
            && !tree.contains(&format!("{pages}/{name}.md"))
        {
            faults.push(Fault::new(&path, 0, format!("its page {pages}/{name}.md is missing")));
        }
    }
    for (name, _) in kind.shared {
        if !tree.contains(&format!("{}/{name}.rs", kind.folder)) {
            faults.push(Fault::new(&table_path, 0, format!("{name} is gone; take it out of tidy/registration.rs")));
        }
    }
}

/// A page of a check shows a match, a silence and a cannot-tell.
fn answers(tree: &Tree, kind: &Kind, page: &str, faults: &mut Vec<Fault>) {
    let mut shown = Vec::new();
    let mut lines = tree.text(page).unwrap_or_default().lines();
    while let Some(line) = lines.next() {
        if line.trim_end() == "```answer" {
            shown.extend(lines.next());
        }
    }
    for wanted in kind.answers {
        let is_shown = shown
            .iter()
            .any(|line| line.strip_prefix(wanted).is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric())));
        if !is_shown {
            faults.push(Fault::new(page, 0, format!("no case whose answer starts with {wanted:?}")));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::planted;

    const TABLE: &str = "crates/detect/src/checks.rs";
    const TABLE_TEXT: &str = "mod a;\nmod acts;\nmod api;\nmod crossed;\nmod host_writes;\nmod settings;\n\
                              fn checks() { vec![Box::<a::A>::default()] }";
    const PAGE: &str =
        "## one\n```answer\nyes\n```\n## two\n```answer\nno\n```\n## three\n```answer\ncannot tell: no exec\n```\n";

    fn with(change: impl Fn(&mut Vec<(&'static str, String)>)) -> Vec<String> {
        let mut files = vec![
            (TABLE, TABLE_TEXT.to_string()),
            ("crates/detect/src/checks/a.rs", String::new()),
            ("crates/detect/src/checks/acts.rs", String::new()),
            ("crates/detect/src/checks/api.rs", String::new()),
            ("crates/detect/src/checks/crossed.rs", String::new()),
            ("crates/detect/src/checks/host_writes.rs", String::new()),
            ("crates/detect/src/checks/settings.rs", String::new()),
            ("crates/detect/tests/checks/a.md", PAGE.to_string()),
        ];
        change(&mut files);
        let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
        planted(faults, &files)
    }

    #[test]
    fn a_whole_member_is_fine() {
        assert!(with(|_| {}).is_empty());
    }

    #[test]
    fn each_missing_part_is_found() {
        let new = ("crates/detect/src/checks/b.rs", String::new());
        let found = with(|files| files.push(new.clone()));
        assert_eq!(found.len(), 3, "{found:?}");
        assert!(with(|files| files[0].1 = TABLE_TEXT.replace("mod a;", "// mod a;"))[0].contains("no `mod a;`"));
        assert!(with(|files| files[0].1 = TABLE_TEXT.replace("a::A", "X"))[0].contains("no table line"));
        assert!(with(|files| drop(files.pop()))[0].contains("a.md is missing"));
        assert!(
            with(|files| files.push(("crates/detect/tests/checks/z.md", PAGE.to_string())))[0].contains("no crates")
        );
        for answer in ["yes", "no", "cannot tell: no exec"] {
            let page = PAGE.replace(&format!("\n{answer}\n"), "\nnothing\n");
            let changed = with(|files| files.last_mut().unwrap().1 = page.clone());
            assert_eq!(changed.len(), 1, "{answer}");
        }
        assert!(with(|files| files.retain(|(path, _)| !path.ends_with("/api.rs")))[0].contains("api is gone"));
        assert!(
            with(|files| {
                files.remove(0);
            })[0]
                .contains("table file")
        );
    }
}

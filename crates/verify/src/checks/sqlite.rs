//! V3: an SQLite database: header, page count, and the structure of every page (`quick_check`), on a
//! disarmed copy in memory with its write-ahead log.

use model::Rung;

use crate::{
    Check, Expected, Format, Observed, Reply,
    database::{self, Database, Trouble},
    format,
};

pub(super) struct Sqlite;

impl Check for Sqlite {
    fn name(&self) -> &'static str {
        "sqlite"
    }

    fn rung(&self) -> Rung {
        Rung::V3
    }

    fn applies(&self, expected: &Expected, observed: &Observed) -> bool {
        format::formats(expected, observed).contains(&Format::Sqlite)
    }

    fn check(&self, _: &Expected, observed: &Observed) -> Reply {
        let content = observed.bytes().unwrap_or_default();
        let header = match database::header(content, observed.write_ahead_log.is_some()) {
            Ok(header) => header,
            Err(cause) => return Reply::no(cause),
        };
        let asked = Database::open(content, observed.write_ahead_log, &header).and_then(|database| {
            let objects = database.objects()?;
            Ok((database.complaints("quick_check")?, objects, database.log))
        });
        match asked {
            Ok((complaints, objects, log)) if complaints.is_empty() => Reply::yes(format!(
                "quick_check: ok; {} pages of {} bytes, {objects} tables and indices{log}",
                header.pages, header.page_size
            )),
            Ok((complaints, ..)) => Reply::no(format!("quick_check: {}", first_lines(&complaints))),
            Err(trouble) => reply(trouble, "quick_check"),
        }
    }
}

pub(super) fn reply(trouble: Trouble, question: &str) -> Reply {
    match trouble {
        Trouble::Damaged(text) => Reply::no(format!("{question}: {text}")),
        Trouble::Missing { missing, seen } => Reply::cannot_tell(missing, format!("{question}: {seen}")),
    }
}

pub(super) fn first_lines(complaints: &[String]) -> String {
    const SHOWN_MAX: usize = 3;
    let more = if complaints.len() > SHOWN_MAX { " …" } else { "" };
    format!("{}{more}", complaints[..complaints.len().min(SHOWN_MAX)].join(" | "))
}

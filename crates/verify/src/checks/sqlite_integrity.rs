//! V4: an SQLite database agrees with itself: indices with tables (`integrity_check`), and every foreign
//! key with the row it names (`foreign_key_check`).
//!
//! SQLite enforces foreign keys only when asked to, so a broken one may be as old as the clean version;
//! it still fails the rung, because nobody has shown that the rows belong together.

use model::Rung;

use crate::{
    Check, Expected, Format, Observed, Reply,
    checks::sqlite::{first_lines, reply},
    database::{self, Database},
    format,
};

pub(super) struct SqliteIntegrity;

impl Check for SqliteIntegrity {
    fn name(&self) -> &'static str {
        "sqlite_integrity"
    }

    fn rung(&self) -> Rung {
        Rung::V4
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
        let database = match Database::open(content, observed.write_ahead_log, &header) {
            Ok(database) => database,
            Err(trouble) => return reply(trouble, "integrity_check"),
        };
        match database.complaints("integrity_check") {
            Ok(complaints) if complaints.is_empty() => {}
            Ok(complaints) => return Reply::no(format!("integrity_check: {}", first_lines(&complaints))),
            Err(trouble) => return reply(trouble, "integrity_check"),
        }
        match database.complaints("foreign_key_check") {
            Ok(tables) if tables.is_empty() => {
                Reply::yes(format!("integrity_check: ok; foreign_key_check: no broken reference{}", database.log))
            }
            Ok(tables) => Reply::no(format!(
                "foreign_key_check: {} or more rows name a row that is not there, in {}",
                tables.len(),
                first_lines(&tables)
            )),
            Err(trouble) => reply(trouble, "foreign_key_check"),
        }
    }
}

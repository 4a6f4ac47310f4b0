//! Opens an SQLite database as a copy in memory, disarmed, and asks it about itself.
//!
//! A hostile database can carry SQL in its schema (views, triggers, expressions of indices and generated
//! columns). So: the copy is read-only, the schema is not trusted, triggers and views are off, extensions
//! cannot be loaded, temporary data stays in memory, and work and value sizes are bounded.

use rusqlite::{Connection, config::DbConfig, limits::Limit};

use crate::wal::{Image, Pages};

/// Larger databases are not opened: the copy doubles the memory that the content takes already.
const BYTES_MAX: usize = 160 * 1024 * 1024;
/// Units of work (virtual machine steps and, in integrity checks, visited cells) per byte of the database,
/// beyond which a question is broken off. An honest check takes less than two per byte.
const WORK_PER_BYTE_MAX: u64 = 64;
/// So many units are free whatever the size.
const WORK_FREE: u64 = 50_000_000;
/// How often the bound is looked at.
const WORK_TICK: i32 = 10_000;
/// How many complaints are asked for.
const COMPLAINTS_MAX: u32 = 20;

/// A database that cannot be used.
pub(crate) enum Trouble {
    /// It is damaged; in SQLite's words.
    Damaged(String),
    /// It may be right: this validator lacks something.
    Missing { missing: String, seen: String },
}

pub(crate) struct Database {
    connection: Connection,
    /// What the write-ahead log added, for the proof.
    pub(crate) log: String,
}

impl Database {
    /// Opens a copy. The header must have been checked by [`header`].
    pub(crate) fn open(content: &[u8], write_ahead_log: Option<&[u8]>, header: &Header) -> Result<Self, Trouble> {
        if content.len() > BYTES_MAX {
            return Err(Trouble::Missing {
                missing: "a validator for databases of this size".to_string(),
                seen: format!("longer than {BYTES_MAX} bytes"),
            });
        }
        let pages = Pages::read(write_ahead_log.unwrap_or_default(), header.page_size);
        let log = match (write_ahead_log, header.write_ahead) {
            (Some(_), _) if pages.count() > 0 => {
                format!("; with {} pages of its write-ahead log, {} frames left out", pages.count(), pages.frames_left)
            }
            (None, true) => "; its write-ahead log was not given, and may hold newer changes".to_string(),
            _ => String::new(),
        };
        let image = Image::new(content, pages, header.page_size);
        let length = image.len();
        let connection = connect(image, length).map_err(trouble)?;
        Ok(Self { connection, log })
    }

    /// Asks `quick_check`, `integrity_check` or `foreign_key_check`; the complaints, empty when all is well.
    pub(crate) fn complaints(&self, question: &str) -> Result<Vec<String>, Trouble> {
        let sql = match question {
            "foreign_key_check" => "PRAGMA foreign_key_check".to_string(),
            question => format!("PRAGMA {question}({COMPLAINTS_MAX})"),
        };
        let mut statement = self.connection.prepare(&sql).map_err(trouble)?;
        let mut rows = statement.query([]).map_err(trouble)?;
        let mut complaints = Vec::new();
        while let Some(row) = rows.next().map_err(trouble)? {
            if complaints.len() >= COMPLAINTS_MAX as usize {
                break;
            }
            // A name in a damaged schema need not be UTF-8.
            let value = row.get_ref(0).map_err(trouble)?;
            let text = value.as_bytes().map(String::from_utf8_lossy).unwrap_or_default();
            if text != "ok" {
                complaints.push(crate::short(&text));
            }
        }
        Ok(complaints)
    }

    /// Number of tables and indices.
    pub(crate) fn objects(&self) -> Result<i64, Trouble> {
        self.connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(trouble)
    }
}

fn connect(image: Image, length: usize) -> rusqlite::Result<Connection> {
    let mut connection = Connection::open_in_memory()?;
    connection.deserialize_read_exact("main", image, length, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false)?;
    // No value can be longer than the file that holds it.
    let longest = i32::try_from(length).unwrap_or(i32::MAX).max(1_000_000);
    connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, longest)?;
    connection.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 0)?;
    connection.execute_batch("PRAGMA temp_store = MEMORY; PRAGMA cell_size_check = ON;")?;
    let allowed = (length as u64).saturating_mul(WORK_PER_BYTE_MAX).saturating_add(WORK_FREE);
    let mut done = 0_u64;
    let over = move || {
        done = done.saturating_add(WORK_TICK as u64);
        done > allowed
    };
    connection.progress_handler(WORK_TICK, Some(over))?;
    Ok(connection)
}

fn trouble(error: rusqlite::Error) -> Trouble {
    let text = crate::short(&error.to_string());
    let lacks =
        ["no such collation sequence", "no such function", "no such module", "unknown tokenizer", "unsafe use of"];
    let interrupted = error.sqlite_error_code() == Some(rusqlite::ErrorCode::OperationInterrupted);
    let memory = error.sqlite_error_code() == Some(rusqlite::ErrorCode::OutOfMemory);
    if lacks.iter().any(|phrase| text.contains(phrase)) {
        Trouble::Missing { missing: "an extension that the database's schema needs".to_string(), seen: text }
    } else if interrupted || memory {
        Trouble::Missing { missing: "a validator with a higher bound on work".to_string(), seen: text }
    } else {
        Trouble::Damaged(text)
    }
}

/// What the first hundred bytes say.
pub(crate) struct Header {
    pub(crate) page_size: usize,
    pub(crate) pages: u64,
    pub(crate) write_ahead: bool,
}

/// Reads the database header. Fails with one sentence on the first field that cannot be right.
/// Source: "Database File Format", section 1.3, sqlite.org/fileformat2.html.
pub(crate) fn header(content: &[u8], has_log: bool) -> Result<Header, String> {
    let Some(head) = content.get(..100) else { return Err(format!("{} bytes are no header", content.len())) };
    let word = |at: usize| u32::from_be_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
    if !head.starts_with(b"SQLite format 3\0") {
        return Err("the signature `SQLite format 3` is missing".to_string());
    }
    let page_size = match u16::from_be_bytes([head[16], head[17]]) {
        1 => 65_536,
        size if size >= 512 && size.is_power_of_two() => usize::from(size),
        size => return Err(format!("a page size of {size}")),
    };
    if ![1, 2].contains(&head[18]) || ![1, 2].contains(&head[19]) {
        return Err(format!("file format versions {} and {}", head[18], head[19]));
    }
    if page_size - usize::from(head[20]) < 480 || head[21..24] != [64, 32, 32] {
        return Err("reserved space or payload fractions that no database has".to_string());
    }
    if word(44) > 4 || word(56) > 3 || head[72..92].iter().any(|&byte| byte != 0) {
        return Err("schema format, text encoding or reserved bytes that no database has".to_string());
    }
    if !content.len().is_multiple_of(page_size) {
        return Err(format!("{} bytes are no whole number of pages of {page_size} bytes", content.len()));
    }
    let held = (content.len() / page_size) as u64;
    let stated = u64::from(word(28));
    // The size in the header counts only if the last writer knew the field (version 3.7.0).
    if stated > held && word(24) == word(92) && !has_log {
        return Err(format!("{held} pages, and the header states {stated}"));
    }
    if u64::from(word(36)) > held && !has_log {
        return Err(format!("{} free pages among {held}", word(36)));
    }
    Ok(Header { page_size, pages: held, write_ahead: head[18] == 2 })
}

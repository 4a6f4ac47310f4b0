//! SQL over the stored events: DataFusion on the Parquet files of a case.
//!
//! One table, `events`, with the columns of the store. The answer to a statement is the same each time:
//!
//! - Rows come as the statement's own `ORDER BY` says. Rows that it leaves equal, and all rows without
//!   one, come in the order of events where each row is one event (`SELECT` … `FROM events WHERE` …),
//!   else sorted by all columns of the answer, from left to right, the unknown last. `LIMIT` cuts
//!   in that order.
//! - What depends on the order in which rows are met (windows, `array_agg`, sums of fractions) runs on one
//!   core, files one after the other in their order.
//! - Functions that give another answer each time (`now`, `random`, `uuid`) do not exist.
//!
//! Only reading statements are accepted, and nothing but the given files can be named. The only crate
//! that uses `datafusion`.

mod answer;
mod error;
mod fact;
mod order;
mod pool;
mod session;

pub use answer::{Answer, Value};
pub use error::Error;
pub use session::{Files, Limits, run};

//! The one place where the current time comes from.

use std::sync::Arc;

use stdx::{Clock, FixedClock, SystemClock};

/// The clock of this run: the system's, or the fixed time of the environment variable
/// `SOURCE_DATE_EPOCH` (whole seconds since 1970), by the convention of reproducible builds, so
/// that two runs of everything give the same bytes.
pub fn clock() -> Arc<dyn Clock> {
    let fixed = std::env::var("SOURCE_DATE_EPOCH").ok().and_then(|text| text.parse::<i64>().ok());
    match fixed {
        Some(seconds) => Arc::new(FixedClock::at(model::Timestamp::from_seconds(seconds, 0))),
        None => Arc::new(SystemClock),
    }
}

/// The current time of [`clock`].
pub fn now() -> model::Timestamp {
    clock().now()
}

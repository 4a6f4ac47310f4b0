//! Which file each event goes to, and its rows in that file's columns.
//!
//! The file is decided in the order of the events; the rows of a block can be made on any thread.

use std::collections::BTreeSet;

use arrow::{array::RecordBatch, error::ArrowError};
use model::{Event, Timestamp};

use crate::{
    Error,
    columns::{self, Row},
    partitions::HOSTS_PER_DAY_MAX,
    runs::Order,
};

/// Which file of a day an event goes to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Shelf {
    Host(Option<String>),
    /// That of the hosts beyond the bound.
    Others,
}

/// Events of one block that go to one file, each with its number among all.
pub(crate) struct Planned {
    day: String,
    shelf: Shelf,
    events: Vec<(u64, Event)>,
}

/// The same in columns.
pub(crate) struct Rows {
    pub(crate) day: String,
    pub(crate) shelf: Shelf,
    pub(crate) batch: RecordBatch,
    /// Bytes of them, about.
    pub(crate) bytes: usize,
    pub(crate) first: Timestamp,
    pub(crate) last: Timestamp,
}

/// Plans events, which must come in [`Event::order`].
#[derive(Default)]
pub(crate) struct Shelves {
    /// The day at hand, and its hosts that have a file of their own.
    day: String,
    hosts: BTreeSet<Option<String>>,
    ordinal: u64,
    last: Option<Order>,
}

impl Shelves {
    /// The next events, by file. Fails with [`Error::OutOfOrder`].
    pub(crate) fn plan(&mut self, events: Vec<Event>) -> Result<Vec<Planned>, Error> {
        let mut block: Vec<Planned> = Vec::new();
        for event in events {
            let order = event.order();
            if self.last.is_some_and(|last| order < last) {
                return Err(Error::OutOfOrder { id: event.id });
            }
            self.last = Some(order);
            let shelf = self.shelf(&event);
            let numbered = (self.ordinal, event);
            self.ordinal += 1;
            // Nearly always that of the event before.
            match block.iter_mut().rev().find(|planned| planned.shelf == shelf && planned.day == self.day) {
                Some(planned) => planned.events.push(numbered),
                None => block.push(Planned { day: self.day.clone(), shelf, events: vec![numbered] }),
            }
        }
        Ok(block)
    }

    fn shelf(&mut self, event: &Event) -> Shelf {
        let day = event.time.day();
        if day != self.day {
            self.hosts.clear();
            self.day = day;
        }
        if !self.hosts.contains(&event.host) {
            if self.hosts.len() >= HOSTS_PER_DAY_MAX {
                return Shelf::Others;
            }
            self.hosts.insert(event.host.clone());
        }
        Shelf::Host(event.host.clone())
    }
}

impl Planned {
    /// Puts the events into columns.
    pub(crate) fn rows(self) -> Result<Rows, ArrowError> {
        let Self { day, shelf, events } = self;
        let mut batch = columns::Batch::new();
        for (ordinal, event) in &events {
            let body = serde_json::to_string(event).map_err(|cause| ArrowError::ExternalError(Box::new(cause)))?;
            batch.push(&Row { event, body: &body, ordinal: *ordinal });
        }
        let time = |event: Option<&(u64, Event)>| event.map_or(Timestamp(0), |(_, event)| event.time);
        let (first, last, bytes) = (time(events.first()), time(events.last()), batch.bytes);
        Ok(Rows { day, shelf, batch: batch.finish()?, bytes, first, last })
    }
}

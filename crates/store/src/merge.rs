//! Merges sorted streams into one, and drops what stands in it twice.

use std::{cmp::Reverse, collections::BinaryHeap};

use crate::{
    Error,
    runs::{Order, Row},
};

/// A sorted stream of rows.
pub(crate) trait Rows {
    /// The next row, `None` at the end.
    fn next_row(&mut self) -> Result<Option<Row>, Error>;
}

/// The merge of several sorted streams; holds one row of each.
pub(crate) struct Merge<S> {
    streams: Vec<S>,
    /// Heads of the streams; of equal rows that of the first stream comes first.
    heads: BinaryHeap<Reverse<(Row, usize)>>,
    last: Option<Order>,
    drop_duplicates: bool,
    pub(crate) duplicates: u64,
    pub(crate) conflicts: u64,
}

impl<S: Rows> Merge<S> {
    pub(crate) fn new(mut streams: Vec<S>) -> Result<Self, Error> {
        let mut heads = BinaryHeap::with_capacity(streams.len());
        for (index, stream) in streams.iter_mut().enumerate() {
            if let Some(row) = stream.next_row()? {
                heads.push(Reverse((row, index)));
            }
        }
        Ok(Self { streams, heads, last: None, drop_duplicates: true, duplicates: 0, conflicts: 0 })
    }

    /// The stream with that number.
    pub(crate) fn stream(&self, index: usize) -> &S {
        &self.streams[index]
    }

    /// Hands out equal rows too.
    pub(crate) fn keep_duplicates(&mut self) {
        self.drop_duplicates = false;
    }

    /// The next row with the number of its stream.
    ///
    /// The same event again (identity and content) is counted and dropped. Another event with the
    /// same identity is counted and kept: an identity holds eight bytes of a hash, which somebody
    /// with time can make collide, and evidence must not vanish that way.
    pub(crate) fn next(&mut self) -> Result<Option<(Row, usize)>, Error> {
        let Some((row, index)) = self.pop()? else { return Ok(None) };
        if self.drop_duplicates {
            // Equal rows follow each other.
            while self.heads.peek().is_some_and(|Reverse((next, _))| *next == row) {
                self.duplicates += 1;
                self.pop()?;
            }
            self.conflicts += u64::from(self.last == Some(row.order));
            self.last = Some(row.order);
        }
        Ok(Some((row, index)))
    }

    fn pop(&mut self) -> Result<Option<(Row, usize)>, Error> {
        let Some(Reverse((row, index))) = self.heads.pop() else { return Ok(None) };
        if let Some(next) = self.streams[index].next_row()? {
            self.heads.push(Reverse((next, index)));
        }
        Ok(Some((row, index)))
    }
}

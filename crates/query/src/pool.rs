//! Who may hold how much memory: half for what can be put aside, half for what cannot.
//!
//! DataFusion's fair pool lets sorts fill all of it. The merge of their results cannot be put aside, comes last, and
//! then finds nothing left: a sort larger than memory failed although the disk had room.

use std::fmt;

use datafusion::{
    common::Result,
    execution::memory_pool::{
        FairSpillPool, GreedyMemoryPool, MemoryConsumer, MemoryLimit, MemoryPool, MemoryReservation,
    },
};

/// The two halves.
#[derive(Debug)]
pub(crate) struct Halves {
    bytes: usize,
    spilling: FairSpillPool,
    staying: GreedyMemoryPool,
}

impl Halves {
    /// A pool of `bytes` in all.
    pub(crate) fn of(bytes: usize) -> Self {
        Self { bytes, spilling: FairSpillPool::new(bytes / 2), staying: GreedyMemoryPool::new(bytes / 2) }
    }

    fn half(&self, consumer: &MemoryConsumer) -> &dyn MemoryPool {
        if consumer.can_spill() { &self.spilling } else { &self.staying }
    }
}

impl fmt::Display for Halves {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "halves of {} bytes", self.bytes)
    }
}

impl MemoryPool for Halves {
    fn name(&self) -> &'static str {
        "halves"
    }

    fn register(&self, consumer: &MemoryConsumer) {
        self.half(consumer).register(consumer);
    }

    fn unregister(&self, consumer: &MemoryConsumer) {
        self.half(consumer).unregister(consumer);
    }

    fn grow(&self, reservation: &MemoryReservation, additional: usize) {
        self.half(reservation.consumer()).grow(reservation, additional);
    }

    fn shrink(&self, reservation: &MemoryReservation, shrink: usize) {
        self.half(reservation.consumer()).shrink(reservation, shrink);
    }

    fn try_grow(&self, reservation: &MemoryReservation, additional: usize) -> Result<()> {
        self.half(reservation.consumer()).try_grow(reservation, additional)
    }

    fn reserved(&self) -> usize {
        self.spilling.reserved() + self.staying.reserved()
    }

    fn memory_limit(&self) -> MemoryLimit {
        MemoryLimit::Finite(self.bytes)
    }
}

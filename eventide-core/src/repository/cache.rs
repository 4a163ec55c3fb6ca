//! The bounded set of aggregates in memory: one slot per aggregate, the least recently used go.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use lru::LruCache;

use super::slot::Slot;
use crate::aggregate::Aggregate;
use crate::stream::StreamId;

/// Holds at most `capacity` idle slots. A slot in use is never dropped, so that all commands on one
/// aggregate meet in the same slot.
pub(super) struct Cache<A: Aggregate> {
    capacity: usize,
    slots: Mutex<LruCache<StreamId, Arc<Slot<A>>>>,
}

impl<A: Aggregate> Cache<A> {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            capacity,
            slots: Mutex::new(LruCache::unbounded()),
        }
    }

    /// Whether state may be kept between uses.
    pub(super) fn keeps_state(&self) -> bool {
        self.capacity > 0
    }

    /// The slot of `stream`, made if need be.
    pub(super) fn slot(&self, stream: &StreamId) -> Arc<Slot<A>> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = if let Some(slot) = slots.get(stream) {
            Arc::clone(slot)
        } else {
            let slot = Arc::new(Slot::new(stream.clone()));
            slots.put(stream.clone(), Arc::clone(&slot));
            slot
        };
        make_room(&mut slots, self.capacity);
        slot
    }

    pub(super) fn len(&self) -> usize {
        self.slots
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .len()
    }
}

fn make_room<A: Aggregate>(slots: &mut LruCache<StreamId, Arc<Slot<A>>>, capacity: usize) {
    // Slots in use are passed over; a bound on that keeps this constant-time. What is passed over
    // now goes at a later call, when it is idle.
    let mut passed_over = 0;
    while slots.len() > capacity && passed_over < 4 {
        let Some((stream, slot)) = slots.peek_lru() else {
            return;
        };
        if Arc::strong_count(slot) == 1 {
            slots.pop_lru();
        } else {
            let stream = stream.clone();
            slots.promote(&stream);
            passed_over += 1;
        }
    }
}

impl<A: Aggregate> fmt::Debug for Cache<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache")
            .field("capacity", &self.capacity)
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}

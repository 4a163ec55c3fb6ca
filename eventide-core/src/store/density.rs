//! For writers of stores: who reads on through the log, and wants most of what is there.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use super::read::{Direction, LogFilter, LogPage, LogQuery};
use crate::ids::Position;

/// How many readers are remembered.
const READERS: usize = 32;

/// Tells whether most of what comes next is what a filter wants: then looking at all of it costs less
/// than finding each event by an index. It goes by the reader's last page, and so may be mistaken.
#[derive(Debug, Default)]
pub struct Density(Mutex<VecDeque<(LogFilter, Position)>>);

impl Density {
    /// Whether the query goes on where a full page of the same filter ended, of which at least half was
    /// wanted.
    pub fn is_high(&self, query: &LogQuery) -> bool {
        let Some(from) = query
            .from
            .filter(|_| query.direction == Direction::Forwards)
        else {
            return false;
        };
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut known = known.iter();
        known.any(|(filter, next)| *next == from && *filter == query.filter)
    }

    /// Remembers what the query found.
    pub fn found(&self, query: &LogQuery, page: &LogPage) {
        if query.direction != Direction::Forwards || !page.more {
            return;
        }
        let from = query.from.unwrap_or_default().as_raw();
        let passed = page.next.as_raw().saturating_sub(from);
        if (page.events.len() as u64) < passed.div_ceil(2).max(1) {
            return;
        }
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|(filter, next)| next.as_raw() != from || *filter != query.filter);
        if known.len() == READERS {
            known.pop_front();
        }
        known.push_back((query.filter.clone(), page.next));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(from: u64, event_type: &str) -> LogQuery {
        let filter = LogFilter {
            event_types: vec![event_type.to_owned()],
            ..LogFilter::default()
        };
        LogQuery::after(Position::from_raw(from)).filter(filter)
    }

    fn page(events: usize, next: u64, more: bool) -> LogPage {
        LogPage {
            events: vec![event(); events],
            next: Position::from_raw(next),
            more,
        }
    }

    fn event() -> crate::RecordedEvent {
        let new = crate::NewEvent {
            id: crate::EventId::from_uuid(uuid::Uuid::nil()),
            event_type: "Noted".into(),
            schema_version: crate::SchemaVersion::FIRST,
            payload: Vec::new(),
            metadata: crate::Metadata::of_command(uuid::Uuid::nil().into()),
            tags: Vec::new(),
        };
        let (position, version) = (Position::from_raw(1), crate::Version::new(1));
        let stream = crate::StreamId::new("Note", "1").unwrap();
        crate::RecordedEvent::new(position, stream, version, jiff::Timestamp::UNIX_EPOCH, new)
    }

    #[test]
    fn it_is_high_for_who_goes_on_after_a_page_of_which_half_was_wanted() {
        let density = Density::default();
        density.found(&query(10, "Noted"), &page(2, 14, true));
        assert!(density.is_high(&query(14, "Noted")));
        assert!(!density.is_high(&query(13, "Noted")));
        assert!(!density.is_high(&query(14, "Opened")));
    }

    #[test]
    fn it_is_not_after_a_page_of_which_less_was_wanted_or_that_was_the_last() {
        let density = Density::default();
        density.found(&query(10, "Noted"), &page(1, 14, true));
        density.found(&query(10, "Noted"), &page(0, 10, true));
        density.found(&query(20, "Noted"), &page(2, 22, false));
        for from in [10, 14, 22] {
            assert!(!density.is_high(&query(from, "Noted")), "{from}");
        }
    }

    #[test]
    fn what_was_left_behind_is_forgotten() {
        let density = Density::default();
        for from in 0..1_000 {
            density.found(&query(from, "Noted"), &page(1, from + 1, true));
        }
        assert!(density.is_high(&query(1_000, "Noted")));
        assert!(!density.is_high(&query(1, "Noted")));
    }
}

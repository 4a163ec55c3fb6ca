//! The clock and the ids of tests.

use std::collections::HashSet;
use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use eventide_core::id_source::{CountingIds, IdSource};
use eventide_core::time::{Clock, FixedClock};
use jiff::Timestamp;
use uuid::{Uuid, Version};

#[test]
fn a_fixed_clock_moves_only_when_it_is_moved() {
    let clock = FixedClock::at(Timestamp::UNIX_EPOCH);
    assert_eq!(clock.now(), clock.now());
    clock.advance(Duration::from_millis(1500));
    assert_eq!(clock.now().as_millisecond(), 1500);
    clock.set(Timestamp::MIN);
    assert_eq!(clock.now(), Timestamp::MIN);
}

#[test]
fn a_fixed_clock_stops_at_the_end_of_time() {
    let clock = FixedClock::at(Timestamp::MAX);
    clock.advance(Duration::from_secs(1));
    assert_eq!(clock.now(), Timestamp::MAX);
    clock.set(Timestamp::UNIX_EPOCH);
    clock.advance(Duration::MAX);
    assert_eq!(clock.now(), Timestamp::MAX);
}

#[test]
fn counted_ids_are_uuids_v7_in_order() {
    let ids = CountingIds::default();
    let made: Vec<Uuid> = (0..300).map(|_| ids.next_uuid()).collect();
    assert!(made.is_sorted());
    assert!(
        made.iter()
            .all(|id| id.get_version() == Some(Version::SortRand))
    );
    assert_eq!(made.first(), Some(&CountingIds::default().next_uuid()));
}

#[test]
fn counted_ids_are_given_once_whoever_asks() {
    let ids = CountingIds::default();
    let start = Barrier::new(4);
    let made: Vec<Uuid> = thread::scope(|scope| {
        let ask = || {
            start.wait();
            (0..500).map(|_| ids.next_uuid()).collect::<Vec<_>>()
        };
        let threads = [(); 4].map(|()| scope.spawn(ask));
        threads
            .into_iter()
            .flat_map(|thread| thread.join().expect("counts"))
            .collect()
    });
    assert_eq!(made.iter().collect::<HashSet<_>>().len(), 2000);
}

//! Versions and events come and go.

use eventide_lock::{Comparison, Compatibility, DifferenceKind, Order, compare};

use super::{block, lock};

#[test]
fn versions_and_events_come_and_go() {
    use DifferenceKind::{EventRemoved, NewEvent, NewVersion, OlderVersion, VersionRemoved};
    let two = lock("event Placed 2\nevent Sent 1\n");
    let kinds = |new: &str| {
        let comparison = compare(&two, &lock(new));
        let differences = comparison.differences.iter();
        let kinds: Vec<_> = differences
            .map(|d| (d.event.clone(), d.version, d.kind.clone()))
            .collect();
        (kinds, comparison.order())
    };
    let one = |event: &str, version, kind| vec![(event.to_owned(), version, kind)];
    assert_eq!(
        kinds("event Placed 2\nevent Placed 3\nevent Sent 1"),
        (one("Placed", 3, NewVersion), Order::ReadersFirst)
    );
    assert_eq!(
        kinds("event Placed 1\nevent Placed 2\nevent Sent 1"),
        (one("Placed", 1, OlderVersion), Order::Any)
    );
    assert_eq!(
        kinds("event Paid 1\nevent Placed 2\nevent Sent 1"),
        (one("Paid", 1, NewEvent), Order::ReadersFirst)
    );
    assert_eq!(
        kinds("event Placed 2"),
        (one("Sent", 1, EventRemoved), Order::WritersFirst)
    );
    let (kinds, order) = kinds("event Placed 3\nevent Sent 1");
    assert_eq!(
        kinds,
        [
            ("Placed".to_owned(), 2, VersionRemoved),
            ("Placed".to_owned(), 3, NewVersion)
        ]
    );
    assert_eq!(order, Order::TwoSteps);
}

#[test]
fn differences_together_mean_the_worst_of_both_directions() {
    let both = |a, b| Compatibility {
        reads_old_data: a,
        readable_by_old_programs: b,
    };
    let comparison = compare(&block("a: u8 & b: u16"), &block("a: u16 & b: u8"));
    assert_eq!(comparison.compatibility(), both(false, false));
    assert_eq!(comparison.order(), Order::TwoSteps);
    let comparison = compare(&block("a: u8 & b: u16"), &block("a: u16 & b: u16 & c: u8?"));
    assert_eq!(comparison.compatibility(), both(true, false));
    assert_eq!(
        compare(&block("a: u8"), &block("a: u8")),
        Comparison::default()
    );
}

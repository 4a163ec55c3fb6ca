//! What may not be accepted.

use eventide_lock::{Lock, compare};
use proptest::prelude::*;

use crate::arbitrary;

fn lock(blocks: &str) -> Lock {
    Lock::parse(&format!("format 1\ndomain shop\n{blocks}")).unwrap()
}

/// The event versions refused, and why.
fn refused(old: &str, new: &str) -> Vec<String> {
    let comparison = compare(&lock(old), &lock(new));
    let refused = comparison.refused().iter();
    refused
        .map(|r| format!("{} {} {}", r.event, r.version, r.reason.word()))
        .collect()
}

#[test]
fn a_published_block_stays_as_it_is() {
    let old = "event Placed 1 published\n  a: u8\n";
    assert_eq!(refused(old, old), [""; 0]);
    assert_eq!(
        refused(old, "event Placed 1 published\n  a: u16"),
        ["Placed 1 published_changed"]
    );
    assert_eq!(
        refused(old, "event Placed 1 published\n  a: u8\n  b?: u8"),
        ["Placed 1 published_changed"]
    );
    assert_eq!(
        refused(old, "event Placed 1\n  a: u8"),
        ["Placed 1 marker_removed"]
    );
    assert_eq!(
        refused(old, "event Placed 2\n  a: u8"),
        ["Placed 1 published_removed"]
    );
    assert_eq!(
        refused(old, &format!("{old}event Placed 2\n  a: u16")),
        [""; 0]
    );
}

#[test]
fn a_block_that_is_not_published_may_still_change() {
    let old = "event Placed 1\n  a: u8\n";
    assert_eq!(refused(old, "event Placed 1\n  a: u16"), [""; 0]);
    assert_eq!(refused(old, "event Placed 1 published\n  a: u8"), [""; 0]);
    assert_eq!(refused(old, ""), [""; 0]);
}

#[test]
fn goldens_are_only_added() {
    for mark in ["", " published"] {
        let old = format!("event Placed 1{mark}\n  a: u8\n  golden {{\"a\":1}}\n");
        assert_eq!(
            refused(&old, &format!("{old}  golden {{\"a\":2}}")),
            [""; 0]
        );
        assert_eq!(refused(&old, &format!("{old}  reads nothing")), [""; 0]);
        let edited = old.replace(":1}", ":2}");
        assert_eq!(refused(&old, &edited), ["Placed 1 golden_removed"]);
    }
}

#[test]
fn the_goldens_of_a_shape_that_was_never_published_go_with_it() {
    let old = "event Placed 1\n  a: u8\n  golden {\"a\":1}\n";
    assert_eq!(
        refused(old, "event Placed 1\n  b: string\n  golden {\"b\":\"x\"}"),
        [""; 0]
    );
}

#[test]
fn the_goldens_of_a_published_shape_stay_with_it() {
    let old = "event Placed 1 published\n  a: u8\n  golden {\"a\":1}\n";
    assert_eq!(
        refused(old, "event Placed 1 published\n  b: string"),
        ["Placed 1 published_changed", "Placed 1 golden_removed"]
    );
}

#[test]
fn a_golden_is_read_as_before_or_as_a_newer_version() {
    let blocks = |mark: &str, reads: &str| {
        format!(
            "event Placed 1 published\n  golden {{}}\n{reads}event Placed 2{mark}\nevent Placed 3\n"
        )
    };
    let two = "reads Placed 2 {\"a\":1}\n";
    let otherwise = "reads Placed 2 {\"a\":2}\n";
    let newer = "reads Placed 3 {\"a\":2}\n";
    let refusal = ["Placed 1 golden_read_otherwise"];
    let check = |mark, old, new| refused(&blocks(mark, old), &blocks(mark, new));
    assert_eq!(check(" published", two, otherwise), refusal);
    assert_eq!(check(" published", two, ""), refusal);
    assert_eq!(check("", two, otherwise), [""; 0]);
    assert_eq!(check("", two, ""), refusal);
    assert_eq!(check(" published", two, newer), [""; 0]);
    assert_eq!(check(" published", "", two), [""; 0]);
}

proptest! {
    #[test]
    fn a_lock_compared_with_itself_differs_in_nothing(lock in arbitrary::lock()) {
        let comparison = compare(&lock, &lock);
        prop_assert!(comparison.differences.is_empty() && comparison.refused().is_empty());
    }

    /// Whatever two locks hold, their comparison is made and told, and what is published is kept.
    #[test]
    fn any_two_locks_are_compared(old in arbitrary::lock(), new in arbitrary::lock()) {
        let comparison = compare(&old, &new);
        prop_assert!(!comparison.to_string().is_empty());
        prop_assert_eq!(
            comparison.to_json()["differences"].as_array().unwrap().len(),
            comparison.differences.len()
        );
        for block in old.blocks.iter().filter(|block| block.published) {
            let kept = new.blocks.iter().any(|other| {
                (&other.event, other.version) == (&block.event, block.version) && other.published && other.lines == block.lines
            });
            let refused = comparison.refused().iter().any(|r| (&r.event, r.version) == (&block.event, block.version));
            prop_assert!(kept || refused);
        }
    }
}

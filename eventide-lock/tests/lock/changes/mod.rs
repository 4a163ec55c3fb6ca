//! Every kind of change is known as such, and said to mean what it means.

mod fields;
mod types;
mod variants;
mod versions;

use eventide_lock::{Change, Comparison, Difference, DifferenceKind, Lock, Order, compare};

const HEAD: &str = "format 1\ndomain shop\n";

fn lock(blocks: &str) -> Lock {
    Lock::parse(&format!("{HEAD}{blocks}")).unwrap()
}

fn block(lines: &str) -> Lock {
    lock(&format!("event Placed 1\n{}", lines.replace(" & ", "\n")))
}

fn changes(old: &str, new: &str) -> Vec<Change> {
    let Comparison { differences, .. } = compare(&block(old), &block(new));
    match differences.as_slice() {
        [] => Vec::new(),
        [
            Difference {
                kind: DifferenceKind::Changed(changes),
                ..
            },
        ] => changes.clone(),
        other => panic!("{other:?}"),
    }
}

/// The one change between two shapes: its kind, its text, and what it means.
#[track_caller]
fn one(old: &str, new: &str) -> (&'static str, String, Order) {
    let changes = changes(old, new);
    let [change] = changes.as_slice() else {
        panic!("{changes:?}");
    };
    assert!(!change.reason.is_empty());
    (
        change.kind.word(),
        change.to_string(),
        change.compatibility.order(),
    )
}

#[track_caller]
fn is(old: &str, new: &str, word: &str, text: &str, order: Order) {
    assert_eq!(one(old, new), (word, text.to_owned(), order));
}

//! The laws of projections to other systems.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use eventide::prelude::*;
use eventide::projection::{Delivery, Failure, Occurred, OnFailure, Outside};
use eventide::testing::{ReadModelLaw, ReadModelViolation, projection_laws};

use crate::domain::{Cancelled, Order, Paid, Placed};

/// Knows what it was told by its key, and refuses large amounts.
#[derive(Default, Projection)]
#[projection(target = Outside, observes(Order), ignores(Cancelled))]
struct Ledger {
    lines: Mutex<BTreeMap<String, i64>>,
}

#[projects]
impl Ledger {
    async fn placed(&self, _: &Placed, recorded: &RecordedEvent, delivery: &Delivery) {
        tokio::task::yield_now().await;
        let key = delivery.idempotency_key(recorded);
        self.lines.lock().unwrap().insert(key, 0);
    }

    async fn paid(
        &self,
        event: &Paid,
        recorded: &RecordedEvent,
        delivery: &Delivery,
    ) -> Result<(), String> {
        if event.amount > 60_000 {
            return Err(format!("nobody pays {}", event.amount));
        }
        let key = delivery.idempotency_key(recorded);
        self.lines.lock().unwrap().insert(key, event.amount);
        Ok(())
    }
}

#[test]
fn a_system_that_knows_what_it_gets_again_keeps_all_laws() {
    let lines = |ledger: &Ledger| ledger.lines.lock().unwrap().clone();
    let summary = projection_laws(Ledger::default, lines)
        .seed(7)
        .cases(60)
        .check();
    assert_eq!(summary.never_caused().count(), 0, "{summary}");
    assert!(summary.parked > 0, "{summary}");
}

fn broken<T>(run: Result<T, ReadModelViolation>) -> ReadModelViolation {
    let Err(violation) = run else {
        panic!("no law is broken");
    };
    violation
}

/// Adds up whatever it gets.
#[derive(Default, Projection)]
#[projection(target = Outside, observes(Order), ignores(Placed, Cancelled))]
struct Sum {
    total: Mutex<i64>,
}

#[projects]
impl Sum {
    async fn paid(&self, event: &Paid) {
        *self.total.lock().unwrap() += event.amount;
    }
}

#[test]
fn a_system_that_counts_what_it_gets_again_breaks_a_law() {
    let total = |sum: &Sum| *sum.total.lock().unwrap();
    let violation = broken(projection_laws(Sum::default, total).seed(3).run());
    assert_eq!(violation.law, ReadModelLaw::RepeatingChangesNothing);
    // The shortest history there is: an order, and one payment.
    assert_eq!(violation.history.lines().count(), 2, "{violation}");
}

/// Looks at what comes together.
#[derive(Default, Projection)]
#[projection(target = Outside, observes(Order), ignores(Placed, Cancelled))]
struct Batches {
    sizes: Mutex<BTreeSet<usize>>,
}

#[projects]
impl Batches {
    async fn paid(&self, events: &[Occurred<'_, Paid>]) {
        self.sizes.lock().unwrap().insert(events.len());
    }
}

#[test]
fn a_handler_that_depends_on_what_comes_together_breaks_a_law() {
    let sizes = |batches: &Batches| batches.sizes.lock().unwrap().clone();
    let violation = broken(projection_laws(Batches::default, sizes).seed(3).run());
    assert_eq!(violation.law, ReadModelLaw::PagesChangeNothing);
}

/// Goes no further if it fails.
#[derive(Default, Projection)]
#[projection(
    target = Outside,
    observes(Order),
    ignores(Placed, Cancelled),
    on_failure = Strict::decide
)]
struct Strict;

impl Strict {
    #[allow(clippy::unused_self, reason = "the form is given")]
    fn decide(&self, _: &Failure<'_>) -> OnFailure {
        OnFailure::Stop
    }
}

#[projects]
impl Strict {
    async fn paid(&self, _: &Paid) -> Result<(), String> {
        Err("never".to_owned())
    }
}

#[test]
fn a_projection_that_stops_breaks_a_law() {
    let violation = broken(projection_laws(|| Strict, |_| ()).seed(3).run());
    assert_eq!(violation.law, ReadModelLaw::EveryEventIsTaken);
    assert!(violation.detail.contains("never"), "{violation}");
}

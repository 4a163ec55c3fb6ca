//! The laws of views: kept by a lawful one, and each broken by another.

use std::collections::{BTreeSet, HashSet};
use std::sync::atomic::{AtomicI64, Ordering};

use eventide::prelude::*;
use eventide::testing::{Draw, Made, ReadModelLaw, ReadModelViolation, view_laws};
use serde::{Deserialize, Serialize};

use crate::domain::{
    Cancelled, Country, Note, NoteId, Noted, Order, OrderId, Paid, Pay, Placed, Sales,
};

fn note(draw: &mut Draw<'_>) -> Made<Note, Noted> {
    let about = [Country::Norway, Country::Peru];
    let about = about.into_iter().filter(|_| draw.flip()).collect();
    let text = format!("note {}", draw.below(9));
    let id = NoteId(u32::try_from(draw.below(4)).unwrap());
    Made::of(id, Noted { about, text })
}

#[test]
fn a_lawful_view_keeps_all_laws_and_all_its_events_are_seen() {
    let summary = view_laws::<Sales>().events(note).seed(7).cases(60).check();
    assert_eq!(summary.cases, 60);
    assert_eq!(summary.never_caused().count(), 0, "{summary}");
    assert!(summary.made > 0 && summary.parked > 0, "{summary}");
}

#[test]
fn the_same_seed_repeats_the_run_and_given_commands_are_mixed_in() {
    let run = |seed| view_laws::<Sales>().seed(seed).cases(10).run().unwrap();
    assert_eq!(run(1), run(1));
    assert_ne!(run(1).events, run(2).events);
    // Payments to orders that do not exist are refused: there is less of everything else.
    let nowhere = |_: &mut Draw<'_>| Pay(OrderId(u32::MAX), 1);
    let laws = view_laws::<Sales>().seed(1).cases(10).command(nowhere);
    assert_ne!(laws.run().unwrap().events, run(1).events);
}

fn broken(
    run: Result<eventide::testing::ReadModelSummary, ReadModelViolation>,
) -> ReadModelViolation {
    let Err(violation) = run else {
        panic!("no law is broken");
    };
    violation
}

static CALLS: AtomicI64 = AtomicI64::new(0);

/// Numbers the orders by something that is not in the events.
#[derive(Debug, Default, Clone, Serialize, Deserialize, View)]
#[view(key = OrderId, observes(Order), ignores(Paid, Cancelled))]
struct Numbered {
    number: i64,
}

#[folds]
impl Numbered {
    fn placed(&mut self, _: &Placed) {
        self.number = CALLS.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn a_fold_that_depends_on_something_else_breaks_a_law() {
    let violation = broken(view_laws::<Numbered>().seed(3).run());
    assert_eq!(violation.law, ReadModelLaw::RebuildingIsRepeatable);
    let words = violation.to_string();
    assert!(
        words.contains("`numbered` breaks the law that made anew"),
        "{words}"
    );
    // The shortest history there is: one order.
    assert_eq!(violation.history.lines().count(), 1, "{words}");
}

/// Remembers something that is not written.
#[derive(Debug, Default, Clone, Serialize, Deserialize, View)]
#[view(key = OrderId, observes(Order), ignores(Placed, Cancelled))]
struct Forgetful {
    #[serde(skip)]
    payments: u32,
    several: bool,
}

#[folds]
impl Forgetful {
    fn paid(&mut self, _: &Paid) {
        self.payments += 1;
        self.several = self.payments > 1;
    }
}

#[test]
fn a_field_that_is_not_written_breaks_a_law() {
    let violation = broken(view_laws::<Forgetful>().seed(3).run());
    assert_eq!(violation.law, ReadModelLaw::HandingOverChangesNothing);
    let words = violation.to_string();
    assert!(words.contains("-   \"several\": true"), "{words}");
    assert!(words.contains("+   \"several\": false"), "{words}");
}

/// Keeps what has no order of its own.
#[derive(Debug, Default, Clone, Serialize, Deserialize, View)]
#[view(key = bool, observes(Order), ignores(Placed, Cancelled))]
struct Amounts {
    all: HashSet<i64>,
    sorted: BTreeSet<i64>,
}

#[folds]
impl Amounts {
    fn even(event: &Paid) -> bool {
        event.amount % 2 == 0
    }
    fn paid(&mut self, event: &Paid) {
        self.all.insert(event.amount);
        self.sorted.insert(event.amount);
    }
}

#[test]
fn the_order_of_a_set_is_not_its_content() {
    view_laws::<Amounts>().seed(3).cases(30).check();
}

/// What is said about each country.
#[derive(Debug, Default, Clone, Serialize, Deserialize, View)]
#[view(key = String, observes(Note))]
struct Said {
    texts: Vec<String>,
}

#[folds]
impl Said {
    fn countries(event: &Noted) -> Vec<String> {
        event.about.iter().map(|country| country.name()).collect()
    }
    fn noted(&mut self, event: &Noted) {
        self.texts.push(event.text.clone());
    }
}

#[test]
fn laws_that_say_nothing_are_not_kept() {
    // No command causes a note.
    let violation = broken(view_laws::<Said>().seed(3).cases(5).run());
    assert_eq!(violation.law, ReadModelLaw::SomethingIsMade);
    assert!(violation.detail.contains("event `Noted`: 0"), "{violation}");
    view_laws::<Said>().events(note).seed(3).cases(5).check();
}

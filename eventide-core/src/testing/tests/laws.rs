use std::num::NonZeroU64;

use serde::{Deserialize, Serialize};

use super::order::{Order, OrderId, Place};
use super::panic_of;
use super::unlawful::{Add, Added, Counter, Name, Quirk, calls};
use crate::command::{CommandInfo, Existence};
use crate::snapshot::SnapshotSpec;
use crate::testing::{Law, laws};

#[test]
fn a_lawful_aggregate_keeps_all_laws_and_all_of_it_is_visited() {
    let summary = laws::<Order>()
        .seed(7)
        .cases(100)
        .require_every_command_accepted()
        .check();
    assert_eq!(summary.cases, 100);
    assert_eq!(summary.never_accepted().count(), 0);
    assert_eq!(summary.never_caused().count(), 0);
    let add_line = summary.commands.get("AddLine").unwrap();
    assert!(add_line.rejected > 0, "quantity 0, or a closed order");
    assert!(add_line.invalid > 0, "an empty sku");
    assert_eq!(add_line.misplaced, 0);
}

#[test]
fn the_same_seed_repeats_the_run() {
    let run = |seed| laws::<Order>().seed(seed).cases(20).run().unwrap();
    assert_eq!(run(1), run(1));
    assert_ne!(run(1).events, run(2).events);
}

#[test]
fn given_commands_are_mixed_in() {
    let orders = [1, 2].map(|n| OrderId(uuid::Uuid::from_u128(n)));
    let summary = laws::<Order>()
        .cases(20)
        .samples(orders.clone().map(|order| Place { order }))
        .command(move |draw| Place {
            order: draw.one_of(&orders).clone(),
        })
        .check();
    assert!(summary.commands.get("Place").unwrap().misplaced > 0);
}

macro_rules! quirks {
    ($($name:ident)*) => {
        $(#[derive(Debug, Default, Serialize, Deserialize)]
        struct $name;)*
    };
}

quirks!(HiddenCounter LossyEvent PanicsAtZero PanicsInApply ForgetfulSnapshot ForgetfulClone OtherRecords Moody Picky Speechless Serves);

fn broken<Q: Quirk<Services = ()>>() -> (Law, String) {
    let violation = laws::<Counter<Q>>()
        .seed(1)
        .run()
        .expect_err("breaks a law");
    assert!(violation.to_string().contains(&violation.detail));
    (violation.law, violation.history)
}

impl Quirk for HiddenCounter {
    type Services = ();

    fn apply(counter: &mut Counter<Self>, _: &Added) {
        counter.total = calls();
    }
}

#[test]
fn a_fold_that_reads_a_hidden_counter_is_not_repeatable() {
    assert_eq!(broken::<HiddenCounter>().0, Law::FoldingIsRepeatable);
}

impl Quirk for LossyEvent {
    type Services = ();

    fn decide(_: &Counter<Self>, add: &Add, (): &()) -> Result<Added, String> {
        Ok(Added {
            quantity: add.quantity,
            unstored: add.quantity,
        })
    }
}

#[test]
fn an_event_that_is_not_stored_whole_does_not_survive() {
    assert_eq!(broken::<LossyEvent>().0, Law::EventsSurviveEncoding);
}

impl Quirk for PanicsAtZero {
    type Services = ();

    fn decide(_: &Counter<Self>, add: &Add, (): &()) -> Result<Added, String> {
        Ok(Added {
            quantity: 100 / add.quantity,
            unstored: 0,
        })
    }
}

#[test]
fn a_handler_that_panics_is_found_and_the_history_is_the_shortest() {
    let (law, history) = broken::<PanicsAtZero>();
    assert_eq!(law, Law::DecidingNeverPanics);
    assert_eq!(history.lines().count(), 1, "{history}");
    assert!(history.contains("quantity: 0"), "{history}");
}

impl Quirk for PanicsInApply {
    type Services = ();

    fn apply(counter: &mut Counter<Self>, added: &Added) {
        counter.total = counter.total.checked_add(added.quantity).expect("small");
    }
}

#[test]
fn an_applier_that_panics_is_found() {
    assert_eq!(broken::<PanicsInApply>().0, Law::ApplyingNeverPanics);
}

impl Quirk for ForgetfulSnapshot {
    const SNAPSHOT: Option<SnapshotSpec<Counter<Self>>> =
        Some(SnapshotSpec::json(NonZeroU64::MIN, 0));
    type Services = ();

    fn apply(counter: &mut Counter<Self>, _: &Added) {
        counter.unstored += 1;
    }
}

#[test]
fn a_snapshot_that_drops_a_field_changes_the_state() {
    assert_eq!(broken::<ForgetfulSnapshot>().0, Law::SnapshotsChangeNothing);
}

impl Quirk for ForgetfulClone {
    type Services = ();

    fn apply(counter: &mut Counter<Self>, _: &Added) {
        counter.unstored += 1;
    }

    fn clone(counter: &Counter<Self>) -> Counter<Self> {
        Counter {
            total: counter.total,
            ..Counter::default()
        }
    }
}

#[test]
fn a_clone_that_drops_a_field_breaks_folding_in_parts() {
    assert_eq!(broken::<ForgetfulClone>().0, Law::FoldingInPartsIsFolding);
}

impl Quirk for OtherRecords {
    type Services = ();

    fn apply_recorded(counter: &mut Counter<Self>, _: &Added) {
        counter.total = 0;
    }
}

#[test]
fn an_aggregate_that_folds_records_otherwise_is_found() {
    assert_eq!(broken::<OtherRecords>().0, Law::RecordedEventsFoldAlike);
}

impl Quirk for Moody {
    type Services = ();

    fn decide(_: &Counter<Self>, _: &Add, (): &()) -> Result<Added, String> {
        Err(format!("not today ({})", calls()))
    }
}

#[test]
fn a_handler_that_answers_otherwise_the_second_time_is_found() {
    assert_eq!(broken::<Moody>().0, Law::DecidingIsRepeatable);
}

impl Quirk for Picky {
    type Services = ();

    fn decide(_: &Counter<Self>, _: &Add, (): &()) -> Result<Added, String> {
        Err("never".to_owned())
    }
}

#[test]
fn a_command_that_is_never_accepted_is_told_and_a_violation_on_request() {
    let laws_of = || laws::<Counter<Picky>>().cases(10).seed(3);
    let summary = laws_of().check();
    assert_eq!(summary.never_accepted().collect::<Vec<_>>(), ["Add"]);
    assert!(summary.to_string().contains(" 0 accepted"), "{summary}");
    let message = panic_of(|| drop(laws_of().require_every_command_accepted().check()));
    assert!(
        message.starts_with(
            "aggregate `Counter` breaks the law that every command is accepted in some history\n\nnever accepted: Add"
        ) && message.contains("`.seed(3)` repeats it"),
        "{message}"
    );
}

impl Quirk for Speechless {
    const COMMANDS: &'static [CommandInfo] = &[CommandInfo::new("Unread", Existence::May, "", "")];
    type Services = ();
}

#[test]
fn laws_checked_on_no_command_at_all_are_not_kept() {
    assert_eq!(broken::<Speechless>().0, Law::EveryCommandIsAccepted);
}

impl Quirk for Serves {
    type Services = u64;

    fn decide(_: &Counter<Self>, add: &Add, limit: &u64) -> Result<Added, String> {
        assert!(*limit == 10, "the services given");
        match add.quantity {
            quantity if quantity > *limit => Err("too many".to_owned()),
            quantity => Ok(Added {
                quantity,
                unstored: 0,
            }),
        }
    }
}

#[test]
fn services_are_handed_to_the_handlers() {
    use crate::testing::AggregateTest;

    laws::<Counter<Serves>>().services(10).cases(20).check();
    let add = |quantity| Add {
        counter: Name("visits".to_owned()),
        quantity,
    };
    Counter::<Serves>::given_nothing()
        .with_services(10)
        .when(add(10))
        .then_state(|counter| assert_eq!(counter.total, 10))
        .and_when(add(11))
        .rejects("too many".to_owned());
}

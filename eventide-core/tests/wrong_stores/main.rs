//! Stores that are wrong in one way each: the laws must see it.

#![cfg(feature = "conformance")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::too_many_lines,
    reason = "a test may fail where it stands, and the faults are tables"
)]

mod along;
mod appends;
mod commands;
mod contents;
mod documents;
mod filters;
mod identity;
mod leases;
mod letters;
mod log;
mod schema_versions;
mod serving;
mod side;
mod snapshots;
mod steps;
mod storage;
mod streams;
mod transfers;
mod versions;
mod views;
mod with_appends;
mod wrong;

use std::collections::BTreeSet;

use eventide_core::store::conformance::{Verdict, check, laws};

use self::side::Side;
use self::storage::{MakeFault, Wrong};
use self::wrong::Fault;

/// A fault, and the laws that are there to see it.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) fault: MakeFault,
    pub(crate) breaks: &'static [&'static str],
}

#[tokio::test]
async fn a_store_without_fault_keeps_every_law() {
    let report = check(&Wrong(|_| Fault::none())).await;
    report.assert_all_hold();
    assert!(
        report
            .findings()
            .all(|(_, verdict)| *verdict == Verdict::Holds),
        "{report}"
    );
}

#[tokio::test]
async fn a_store_without_subscriptions_is_not_held_to_their_laws() {
    let report = check(&Wrong(|_| Side::missing().into())).await;
    report.assert_all_hold();
    let verdict = |name| {
        let mut findings = report.findings();
        findings.find(|(law, _)| law.name == name).unwrap().1
    };
    for law in [
        "a_lease_runs_out",
        "documents_are_kept_byte_for_byte",
        "steps_survive_reopening",
        "a_step_that_refuses_leaves_nothing",
        "an_append_without_events_takes_no_step",
    ] {
        let verdict = verdict(law);
        assert!(matches!(verdict, Verdict::NotApplicable(_)), "{verdict}");
    }
    let verdict = verdict("an_append_is_visible_at_once");
    assert_eq!(*verdict, Verdict::Holds);
}

/// One test for each group of faults, which demands that the laws meant for each fault see it, and
/// one that demands a fault for each law.
macro_rules! faults {
    ($($test:ident: $group:ident,)*) => {
        $(
            // Its time runs by itself, so that waiting in vain takes none.
            #[tokio::test(start_paused = true)]
            async fn $test() {
                are_seen($group::cases()).await;
            }
        )*

        #[test]
        fn every_law_is_there_to_see_a_fault() {
            let cases = [$($group::cases(),)*];
            let seen: BTreeSet<_> = cases.iter().flatten().flat_map(|case| case.breaks).collect();
            let laws: BTreeSet<_> = laws().iter().map(|law| &law.name).collect();
            assert_eq!(seen, laws);
        }
    };
}

faults! {
    faults_of_appending_are_seen: appends,
    faults_of_guarding_versions_are_seen: versions,
    faults_of_remembering_commands_are_seen: commands,
    faults_of_keeping_events_are_seen: contents,
    faults_of_reading_streams_are_seen: streams,
    faults_of_reading_the_log_are_seen: log,
    faults_of_filtering_the_log_are_seen: filters,
    faults_of_knowing_schema_versions_are_seen: schema_versions,
    faults_of_having_an_identity_are_seen: identity,
    faults_of_keeping_snapshots_are_seen: snapshots,
    faults_of_importing_are_seen: transfers,
    faults_of_handing_out_partitions_are_seen: leases,
    faults_of_taking_steps_are_seen: steps,
    faults_of_keeping_letters_are_seen: letters,
    faults_of_keeping_views_are_seen: views,
    faults_of_choosing_what_serves_are_seen: serving,
    faults_of_keeping_documents_are_seen: documents,
    faults_of_what_happens_with_appends_are_seen: with_appends,
}

async fn are_seen(cases: Vec<Case>) {
    let mut unseen = Vec::new();
    for case in cases {
        for law in laws().iter().filter(|law| case.breaks.contains(&law.name)) {
            let verdict = law.check(&Wrong(case.fault)).await;
            if !matches!(verdict, Verdict::Violated(_)) {
                unseen.push(format!("{}: a store that {}", law.name, case.name));
            }
        }
    }
    assert!(unseen.is_empty(), "not seen by {unseen:#?}");
}

#[tokio::test]
async fn a_report_names_the_law_and_says_what_was_seen() {
    let report = check(&Wrong(|_| Fault::none().event(|event| event.tags.clear()))).await;
    let table = report.to_string();
    let row = table.lines().find(|row| row.starts_with("tags_are_kept "));
    assert!(
        row.unwrap()
            .contains("VIOLATED: tags in the stream read back"),
        "{table}"
    );
    assert!(
        table.contains("the law: tags are given back sorted"),
        "{table}"
    );
    assert!(table.starts_with(&format!(
        "{} of {}",
        report.violated().count(),
        laws().len()
    )));
}

#[tokio::test]
async fn a_panicking_store_is_a_verdict() {
    let report = check(&Wrong(|_| {
        Fault::none().save(|_, _| async { panic!("out of ink") })
    }))
    .await;
    let verdict = report
        .findings()
        .find(|(law, _)| law.name == "a_deleted_snapshot_is_gone");
    let expected = Verdict::Violated("it panicked: out of ink".to_owned());
    assert_eq!(*verdict.unwrap().1, expected);
}

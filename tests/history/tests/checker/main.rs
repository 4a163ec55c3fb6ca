//! The checker is itself checked: right histories pass, and no planted fault does.

mod faults;
mod simulate;

use eventide_history::check;
use eventide_history::check::Tally;
use fastrand::Rng;

use simulate::simulate;

#[test]
fn right_histories_pass() {
    let mut all = Tally::default();
    for seed in 0..400 {
        let simulated = simulate(seed, 600);
        let report = check(&simulated.entries, &simulated.end);
        assert!(report.is_clean(), "seed {seed}: {report}");
        all.acknowledged += report.tally.acknowledged;
        all.refused += report.tally.refused;
        all.unknown += report.tally.unknown;
        all.unknown_stored += report.tally.unknown_stored;
        all.seen += report.tally.seen;
    }
    // They are not clean for want of anything to find.
    assert!(all.acknowledged > 10_000, "{all:?}");
    assert!(all.refused > 4_000, "{all:?}");
    assert!(all.unknown_stored > 2_000, "{all:?}");
    assert!(all.unknown - all.unknown_stored > 2_000, "{all:?}");
    assert!(all.seen > 20_000, "{all:?}");
}

#[test]
fn every_planted_fault_is_told_for_what_it_is() {
    const PLANTED: usize = 50;
    let mut right = Vec::new();
    for fault in faults::all() {
        let mut planted = 0;
        for seed in 0..1_000 {
            if right.len() as u64 == seed {
                right.push(simulate(seed, 300));
            }
            let mut simulated = right[usize::try_from(seed).unwrap()].clone();
            if !(fault.plant)(&mut simulated, &mut Rng::with_seed(seed)) {
                continue;
            }
            let report = check(&simulated.entries, &simulated.end);
            let name = fault.name;
            assert!(
                report.violations.iter().any(fault.expected),
                "{name}, seed {seed}: not told for what it is: {report}"
            );
            assert!(
                !fault.only || report.violations.iter().all(fault.expected),
                "{name}, seed {seed}: more is told than is wrong: {report}"
            );
            planted += 1;
            if planted == PLANTED {
                break;
            }
        }
        assert_eq!(planted, PLANTED, "{}: too few places for it", fault.name);
    }
}

#[test]
fn long_histories_are_checked_too() {
    let simulated = simulate(7, 500_000);
    let report = check(&simulated.entries, &simulated.end);
    assert!(report.is_clean(), "{report}");
    let tally = report.tally;
    assert!(
        tally.acknowledged + tally.refused + tally.unknown > 100_000,
        "{report}"
    );
}

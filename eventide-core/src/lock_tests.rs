//! The tests that `lock_tests!` writes into a user's crate.

use std::env;
use std::future::Future;
use std::io::{self, Write};

use tokio::runtime::Builder;

use crate::domain::Domain;
use crate::private::Mode;
use crate::schema::lock::{
    Accept, Lock, ProofError, Violation, ViolationKind, accept, check, compare, prove, read, write,
};

/// Writes the tests of a domain's schema lock: a module `lock` with one test per promise.
///
/// | test | fails if |
/// |---|---|
/// | `the_lock_is_what_the_program_stores` | a shape is not the one in the lock; in CI also if an event version is not in the lock |
/// | `every_event_in_the_lock_has_a_golden_and_a_way_up` | there is nothing to prove it with, or no chain of steps |
/// | `every_golden_is_read_as_it_was_recorded` | a step now makes something else of an old event |
/// | `every_current_event_survives_encoding_and_decoding` | something of it would be lost |
///
/// The lock is written by the same tests, in modes that the environment switches on:
///
/// ```text
/// EVENTIDE_LOCK=accept cargo test lock     # take in what is new, and what changed and is not published
/// EVENTIDE_LOCK=publish cargo test lock    # and mark all of it published, before a release
/// ```
///
/// The domain names its lock: `#[domain(.., lock = "eventide.lock")]`.
///
/// ```
/// # use eventide::prelude::*;
/// # #[derive(Domain)] #[domain(name = "shop", aggregates())] struct Shop;
/// # #[derive(Domain)] #[domain(name = "till", services = Prices, aggregates())] struct Till;
/// # struct Prices;
/// # impl Prices { fn of_test() -> Self { Self } }
/// eventide::lock_tests!(Shop);
/// # mod till { use super::*;
///
/// // Steps that look something up do so in these.
/// eventide::lock_tests!(Till, services = Prices::of_test());
/// # }
/// # fn main() {}
/// ```
///
/// An event of which no golden can be made up, or a case that is worth proving, is given:
/// `lock_tests!(Shop, goldens = [OrderPlacedV1 { .. }, OrderPlaced { .. }])`.
#[macro_export]
macro_rules! lock_tests {
    ($domain:ty $(, goldens = [$($golden:expr),* $(,)?])? $(,)?) => {
        $crate::lock_tests!($domain, services = () $(, goldens = [$($golden),*])?);
    };
    ($domain:ty, services = $services:expr $(, goldens = [$($golden:expr),* $(,)?])? $(,)?) => {
        #[cfg(test)]
        mod lock {
            #[allow(unused_imports)]
            use super::*;

            #[test]
            fn the_lock_is_what_the_program_stores() {
                $crate::lock_tests::is_current::<$domain>(&$services, |_lock| {
                    $($($crate::lock_tests::golden(_lock, &$golden);)*)?
                });
            }

            #[test]
            fn every_event_in_the_lock_has_a_golden_and_a_way_up() {
                $crate::lock_tests::is_complete::<$domain>(&$services);
            }

            #[test]
            fn every_golden_is_read_as_it_was_recorded() {
                $crate::lock_tests::is_read_as_recorded::<$domain>(&$services);
            }

            #[test]
            fn every_current_event_survives_encoding_and_decoding() {
                $crate::lock_tests::survives_encoding::<$domain>(&$services);
            }
        }
    };
}

const ACCEPT: &str = "EVENTIDE_LOCK=accept cargo test lock";

/// How `EVENTIDE_LOCK` asks for the lock to be written; `None` if it is to be proven.
fn asked_to_write() -> Option<Accept> {
    match env::var("EVENTIDE_LOCK").as_deref() {
        Ok("accept") => Some(Accept { publish: false }),
        Ok("publish") => Some(Accept { publish: true }),
        _ => None,
    }
}

/// Whether an event version that is not in the lock is an error: the compiler's own rule.
fn is_strict() -> bool {
    let (lock, ci) = (env::var("EVENTIDE_LOCK"), env::var("CI"));
    Mode::of(lock.as_deref().ok(), ci.as_deref().ok()) == Mode::Strict
}

/// In a mode that writes the lock, writes it; otherwise compares it.
pub fn is_current<D: Domain>(services: &D::Services, add_goldens: impl FnOnce(&mut Lock)) {
    let (path, mut lock) = lock_of::<D>();
    if let Some(how) = asked_to_write() {
        let before = lock.clone();
        add_goldens(&mut lock);
        match run(accept::<D>(&lock, how, services)) {
            Ok(mut accepted) => {
                accepted.comparison = compare(&before, &accepted.lock);
                written(write(path, &accepted.lock));
                say(&format!("{path}:\n{accepted}"));
            }
            Err(error) => fail(&format!("{path} was not written:\n{}", words(&error))),
        }
        return;
    }
    let compared = match check::<D>(&lock) {
        Ok(compared) => compared,
        Err(error) => fail(&words(&error)),
    };
    if compared.differences.is_empty() {
        return;
    }
    let text = format!(
        "the program and {path} differ:\n{}\nto take it in: `{ACCEPT}`",
        compared.to_string().trim_end()
    );
    let only_new = compared.differences.iter().all(|difference| {
        use eventide_lock::DifferenceKind::{NewEvent, NewVersion, OlderVersion};
        matches!(difference.kind, NewEvent | NewVersion | OlderVersion)
    });
    if only_new && !is_strict() {
        say(&text);
    } else {
        fail(&text);
    }
}

/// Each block has a golden, and the program reads it.
pub fn is_complete<D: Domain>(services: &D::Services) {
    proves::<D>(services, |violation| {
        matches!(
            violation.kind,
            ViolationKind::NoGolden | ViolationKind::NotRead | ViolationKind::NoStep { .. }
        )
    });
}

/// Each golden is read as it was recorded.
pub fn is_read_as_recorded<D: Domain>(services: &D::Services) {
    proves::<D>(services, |violation| {
        matches!(
            violation.kind,
            ViolationKind::Unreadable(_)
                | ViolationKind::NotRecorded
                | ViolationKind::ReadsOtherwise(_)
                | ViolationKind::ReadsAsOthers { .. }
        )
    });
}

/// Each golden of a current version is the same after decoding and encoding.
pub fn survives_encoding<D: Domain>(services: &D::Services) {
    proves::<D>(services, |violation| {
        matches!(violation.kind, ViolationKind::NotIdentical(_))
    });
}

/// Puts an event given by the user into the goldens.
pub fn golden<E: crate::Event>(lock: &mut Lock, event: &E) {
    if let Err(error) = crate::schema::lock::add_golden(lock, event) {
        fail(&words(&error));
    }
}

fn proves<D: Domain>(services: &D::Services, is_meant: impl Fn(&Violation) -> bool) {
    if asked_to_write().is_some() {
        say("the lock is being written: run the tests again without EVENTIDE_LOCK to prove it");
        return;
    }
    let (path, lock) = lock_of::<D>();
    let violations = match run(prove::<D>(&lock, services)) {
        Ok(_) => return,
        Err(ProofError::Violated(violations)) => violations,
        Err(error) => fail(&words(&error)),
    };
    let meant: Vec<_> = violations
        .iter()
        .filter(|violation| is_meant(violation))
        .map(ToString::to_string)
        .collect();
    if !meant.is_empty() {
        fail(&format!(
            "{path}:\n{}\nif the lock is behind the program: `{ACCEPT}`",
            meant.join("\n")
        ));
    }
}

fn lock_of<D: Domain>() -> (&'static str, Lock) {
    let Some(file) = D::LOCK else {
        fail(&format!(
            "domain `{}` names no lock: add `lock = \"eventide.lock\"` to its `#[domain(..)]`",
            D::NAME
        ));
    };
    match read(file.path) {
        Ok(lock) => (file.path, lock),
        Err(error) => fail(&words(&error)),
    }
}

/// Services may need a runtime: a timer, a connection.
fn run<F: Future>(future: F) -> F::Output {
    match Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(future),
        Err(error) => fail(&format!("there is no runtime: {error}")),
    }
}

fn written<E: std::error::Error>(result: Result<(), E>) {
    if let Err(error) = result {
        fail(&words(&error));
    }
}

/// The error and its sources, in one line.
fn words(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        words = format!("{words}: {error}");
        source = error.source();
    }
    words
}

/// Says it even if the test passes: the test runner keeps what is printed, not what is written.
fn say(text: &str) {
    // Whether anybody reads it does not decide the test.
    let _ = writeln!(io::stderr(), "{text}");
}

#[expect(clippy::panic, reason = "a test fails by panicking")]
#[track_caller]
fn fail(text: &str) -> ! {
    panic!("{text}")
}

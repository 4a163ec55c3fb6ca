//! Each program in `ui` is refused with exactly the words beside it; each in `pass` runs.
#![allow(clippy::expect_used, reason = "a test fails by panicking")]

use std::env;
use std::process::Command;

/// The words are one compiler's: with another they would differ for no fault of ours.
const RUSTC: &str = "rustc 1.95.0 ";

/// How strictly the programs are held to their locks, wherever the tests run.
const STRICT: (&str, &str) = ("EVENTIDE_LOCK", "strict");

#[test]
fn the_compiler_says_what_eventide_promises() {
    let (variable, value) = STRICT;
    if env::var(variable).as_deref() != Ok(value) {
        again_and_strict("the_compiler_says_what_eventide_promises");
        return;
    }
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = Command::new(rustc)
        .arg("--version")
        .output()
        .expect("rustc runs");
    let version = String::from_utf8_lossy(&version.stdout).into_owned();
    assert!(
        version.starts_with(RUSTC),
        "needs {RUSTC}, this is {version}"
    );

    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/ui/*.rs");
    cases.pass("tests/pass/*.rs");
}

/// Runs the test in a process of its own, for which the variable can be set.
fn again_and_strict(test: &str) {
    let (variable, value) = STRICT;
    let one_case = env::args().filter(|argument| argument.starts_with("trybuild="));
    let status = Command::new(env::current_exe().expect("this program has a path"))
        .args(["--exact", test, "--nocapture"])
        .args(one_case)
        .env(variable, value)
        .status()
        .expect("this program runs again");
    assert!(status.success(), "see above");
}

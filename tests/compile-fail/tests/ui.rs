//! Each program in `ui` is refused with exactly the words beside it; each in `pass` runs.
#![allow(clippy::expect_used, reason = "a test fails by panicking")]

/// The words are one compiler's: with another they would differ for no fault of ours.
const RUSTC: &str = "rustc 1.95.0 ";

#[test]
fn the_compiler_says_what_eventide_promises() {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = std::process::Command::new(rustc)
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

//! The `retail` program, as its users run it.
#![allow(dead_code, reason = "each test uses a part of it")]

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

#[path = "example.rs"]
mod example;

pub(crate) fn retail() -> Command {
    Command::new(example::path("retail"))
}

pub(crate) fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

pub(crate) fn run(store: &Path, args: &[&str]) -> Output {
    retail()
        .arg("--store")
        .arg(store)
        .args(args)
        .output()
        .expect("retail runs")
}

/// What a run that must go well printed.
pub(crate) fn said(done: &Output) -> String {
    assert!(done.status.success(), "{done:?}");
    String::from_utf8_lossy(&done.stdout).into_owned()
}

/// What a run that must not go well printed as its error.
pub(crate) fn refused(done: &Output) -> String {
    assert!(!done.status.success(), "{done:?}");
    String::from_utf8_lossy(&done.stderr).into_owned()
}

/// The last line a run printed, as JSON.
pub(crate) fn json(done: &Output) -> Value {
    let text = said(done);
    serde_json::from_str(text.lines().last().expect("a line")).expect("it is JSON")
}

/// The figures, without the time it took.
pub(crate) fn figures(done: &Output) -> Value {
    let mut figures = json(done);
    figures["seconds"].take();
    figures
}

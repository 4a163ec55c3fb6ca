//! The `retail` program, as its users run it.
#![allow(dead_code, reason = "each test uses a part of it")]

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
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

const HEADER: &str =
    "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n";

/// A file of documents with these rows.
pub(crate) fn file(folder: &Path, rows: &str) -> PathBuf {
    let path = folder.join("rows.csv");
    fs::write(&path, format!("{HEADER}{rows}")).expect("the file can be written");
    path
}

/// A file long enough to be killed in: documents of many lines, some of them refused, of several
/// countries and months.
pub(crate) fn long_file(folder: &Path) -> PathBuf {
    let mut random = fastrand::Rng::with_seed(42);
    let mut rows = String::new();
    let place = |document: usize| {
        let country = ["France", "Norway", "EIRE"][document % 3];
        (document % 12 + 1, country)
    };
    for document in 1..=600 {
        let credit = if random.u8(..10) == 0 { "C" } else { "" };
        let (month, country) = place(document);
        for _ in 0..random.u32(1..60) {
            let pieces = random.i32(-1..20);
            let pieces = if credit.is_empty() { pieces } else { -pieces };
            let pence = random.u32(..2_000);
            let (article, word) = (random.u32(..40), random.u32(..3));
            writeln!(
                rows,
                "{credit}{document},ART{article},WORD {word},{pieces},2011-{month:02}-01 10:00:00,{}.{:02},,{country}",
                pence / 100,
                pence % 100
            )
            .expect("writing to a string");
        }
        // A row of an earlier document, apart from its others.
        let (month, country) = place(1);
        writeln!(
            rows,
            "1,ART0,LATE,1,2011-{month:02}-01 10:00:00,0.01,,{country}"
        )
        .expect("a string");
    }
    file(folder, &rows)
}

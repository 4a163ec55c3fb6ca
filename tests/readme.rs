//! The README says what is true: its program is the quickstart example, and prints what it shows.

use std::process::Command;

#[path = "support/example.rs"]
mod example;

fn block<'a>(readme: &'a str, language: &str) -> &'a str {
    let start = format!("```{language}\n");
    let (_, rest) = readme
        .split_once(&start)
        .expect("the README has such a block");
    rest.split_once("```\n").expect("the block ends").0
}

#[test]
fn the_program_is_the_quickstart_and_short() {
    let program = block(include_str!("../README.md"), "rust");
    assert_eq!(program, include_str!("../examples/quickstart.rs"));
    assert!(
        program.lines().count() <= 60,
        "{} lines",
        program.lines().count()
    );
}

#[test]
fn the_output_is_real() {
    let done = Command::new(example::path("quickstart"))
        .output()
        .expect("it runs");
    assert!(done.status.success(), "{done:?}");
    assert_eq!(
        String::from_utf8_lossy(&done.stdout),
        block(include_str!("../README.md"), "text")
    );
}

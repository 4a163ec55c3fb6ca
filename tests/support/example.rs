//! Where the examples are, as cargo built them beside the tests.

use std::path::{Path, PathBuf};

/// The program of example `name`.
pub(crate) fn path(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("the test has a path");
    let target = test
        .parent()
        .and_then(Path::parent)
        .expect("the test is in target/debug/deps");
    let program = target.join("examples").join(name);
    assert!(
        program.exists(),
        "run `cargo build --examples` first, as a plain `cargo test` does: `{name}` is not built"
    );
    program
}

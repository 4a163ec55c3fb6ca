//! What is not in the lock yet is a warning while developing and an error elsewhere, and the
//! compiler looks again when the lock or `EVENTIDE_LOCK` changes.
#![allow(clippy::expect_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

const PROGRAM: &str = include_str!("lock/shop.rs");
const LOCK: &str = "format 1\ndomain Shop\n\nevent Placed 1\n  quantity: u32\n";

/// A package whose lock and environment change, and whose program does not.
struct Package(PathBuf);

impl Package {
    fn new(name: &str) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let root = root.canonicalize().expect("the workspace");
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("package-lock-{name}"));
        if folder.exists() {
            fs::remove_dir_all(&folder).expect("remove the last run's package");
        }
        fs::create_dir_all(folder.join("src")).expect("create the package");
        let manifest = format!(
            "[package]\nname = \"shop\"\nedition = \"2024\"\n\n[dependencies]\n\
             eventide = {{ path = '{}', default-features = false }}\n\
             serde = {{ version = \"1\", features = [\"derive\"] }}\n\n[workspace]\n",
            root.display()
        );
        fs::write(folder.join("Cargo.toml"), manifest).expect("write");
        fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock")).expect("copy");
        fs::write(folder.join("src/lib.rs"), PROGRAM).expect("write");
        Self(folder)
    }

    fn lock(&self, text: &str) {
        fs::write(self.0.join("eventide.lock"), text).expect("write");
    }

    /// Whether it compiles, and what the compiler says of it.
    fn check(&self, variable: Option<&str>, ci: Option<&str>) -> (bool, String) {
        let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command
            .args(["check", "--offline", "--color=never"])
            .current_dir(&self.0)
            .env(
                "CARGO_TARGET_DIR",
                Path::new(env!("CARGO_TARGET_TMPDIR")).join("target"),
            );
        for (name, value) in [("EVENTIDE_LOCK", variable), ("CI", ci), ("RUSTFLAGS", None)] {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        let output = command.output().expect("cargo runs");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.success(), said)
    }

    #[track_caller]
    fn compiles(&self, variable: Option<&str>, ci: Option<&str>) -> String {
        let (compiles, said) = self.check(variable, ci);
        assert!(compiles, "{said}");
        said
    }

    #[track_caller]
    fn does_not_compile(&self, variable: Option<&str>, ci: Option<&str>) -> String {
        let (compiles, said) = self.check(variable, ci);
        assert!(!compiles, "{said}");
        said
    }
}

#[track_caller]
fn says(said: &str, part: &str) {
    assert!(said.contains(part), "not said: {part}\n\n{said}");
}

const HINT: &str = "warning: use of deprecated associated function `eventide::__private::Unlocked::<true>::event`: EV07: an event listed here is not in the lock yet, `EVENTIDE_LOCK=accept cargo test lock` adds it
  --> src/lib.rs:22:21
   |
22 | #[domain(aggregates(Order), lock = \"eventide.lock\")]
   |                     ^^^^^
";

#[test]
fn the_compiler_looks_again_when_only_the_lock_changes() {
    let package = Package::new("changes");

    says(&package.compiles(None, None), HINT);
    let missing = "EV07: there is no `eventide.lock`";
    says(&package.does_not_compile(None, Some("true")), missing);
    says(&package.does_not_compile(Some("strict"), None), missing);

    package.lock(LOCK);
    assert!(!package.compiles(Some("strict"), None).contains("EV07"));

    package.lock(&LOCK.replace("u32", "u64"));
    says(
        &package.does_not_compile(Some("strict"), None),
        "field `quantity` was `u64`, is `u32`",
    );
    package.lock(LOCK);
    assert!(!package.compiles(Some("strict"), None).contains("EV07"));

    package.lock("format 1\ndomain Shop\n");
    says(
        &package.does_not_compile(Some("strict"), None),
        "EV07: `eventide.lock` does not hold\n                event `Placed` version 1 (src/lib.rs:7)",
    );
    says(&package.compiles(Some("hint"), Some("true")), HINT);
    for off in ["accept", "publish"] {
        assert!(!package.compiles(Some(off), None).contains("EV07"));
    }
}

#[test]
fn a_word_that_means_nothing_is_refused() {
    let package = Package::new("word");
    let said = package.does_not_compile(Some("acept"), None);
    says(&said, "EVENTIDE_LOCK is `acept`, which means nothing");
    says(&said, "`accept`: `cargo test lock` writes the lock");
}

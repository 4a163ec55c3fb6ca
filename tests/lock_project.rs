//! What a user does with the lock, in a package of their own: from the first event to one that is
//! published and changes.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{env, fs};

const MANIFEST: &str = r#"
[package]
name = "shop"
edition = "2024"

[dependencies]
eventide = { path = '{root}', default-features = false }
serde = { version = "1", features = ["derive"] }

[workspace]
"#;

const PROGRAM: &str = r#"
use eventide::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, AggregateId)]
pub struct OrderId(String);

{event}

/// Places an order.
#[derive(Debug, Clone, Serialize, Deserialize, Command)]
#[command(creates)]
pub struct Place(#[command(id)] OrderId);

#[derive(Debug, Default, Clone, Aggregate)]
#[aggregate(id = OrderId, error = String, events(Placed), commands(Place))]
pub struct Order;

#[handlers]
impl Order {
    fn place(&self, _: Place) -> Placed {
        Placed { quantity: 1 }
    }
    fn placed(&mut self, _: &Placed) {}
}

#[derive(Debug, Domain)]
#[domain(name = "shop", lock = "eventide.lock", aggregates(Order))]
pub struct Shop;

eventide::lock_tests!(Shop);
"#;

const DERIVES: &str = "#[derive(Debug, Clone, Serialize, Deserialize, Event)]\n";

/// A package that depends on eventide.
struct Package {
    folder: PathBuf,
    target: PathBuf,
}

impl Package {
    fn new() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let scratch = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let package = Self {
            folder: scratch.join("package-lock"),
            target: scratch.join("target"),
        };
        if package.folder.exists() {
            fs::remove_dir_all(&package.folder).unwrap();
        }
        fs::create_dir_all(package.folder.join("src")).unwrap();
        let manifest = MANIFEST.replace("{root}", &root.display().to_string());
        fs::write(package.folder.join("Cargo.toml"), manifest).unwrap();
        fs::copy(root.join("Cargo.lock"), package.folder.join("Cargo.lock")).unwrap();
        package
    }

    /// The package's one event is now this.
    fn event(&self, event: &str) {
        let program = PROGRAM.replace("{event}", &format!("{DERIVES}{event}"));
        fs::write(self.folder.join("src/lib.rs"), program).unwrap();
    }

    fn lock(&self) -> String {
        fs::read_to_string(self.folder.join("eventide.lock")).unwrap()
    }

    /// `cargo test lock`, with the variable set.
    fn test(&self, variable: Option<(&str, &str)>) -> Output {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(cargo);
        command
            .args(["test", "--offline", "--lib", "--color=never", "lock"])
            .current_dir(&self.folder)
            .env("CARGO_TARGET_DIR", &self.target);
        for unset in ["RUSTFLAGS", "EVENTIDE_LOCK", "CI"] {
            command.env_remove(unset);
        }
        command.envs(variable);
        command.output().unwrap()
    }

    /// The tests pass; what was printed.
    #[track_caller]
    fn passes(&self, variable: Option<(&str, &str)>) -> String {
        let output = self.test(variable);
        assert!(output.status.success(), "{}", words(&output));
        words(&output)
    }

    /// The package does not compile, or its tests do not pass; what was printed.
    #[track_caller]
    fn fails(&self, variable: Option<(&str, &str)>) -> String {
        let output = self.test(variable);
        assert!(!output.status.success(), "{}", words(&output));
        words(&output)
    }
}

fn words(output: &Output) -> String {
    let text = [&*output.stdout, &*output.stderr].map(String::from_utf8_lossy);
    text.join("\n")
}

#[track_caller]
fn says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "not said: {part}\n\n{text}");
    }
}

const ACCEPT: Option<(&str, &str)> = Some(("EVENTIDE_LOCK", "accept"));
const PUBLISH: Option<(&str, &str)> = Some(("EVENTIDE_LOCK", "publish"));
const CI: Option<(&str, &str)> = Some(("CI", "true"));

#[test]
fn from_the_first_event_to_one_that_is_published_and_changes() {
    let package = Package::new();

    package.event("pub struct Placed { pub quantity: u32 }");
    let hint = package.passes(None);
    says(
        &hint,
        &[
            "EV07: an event listed here is not in the lock yet, `EVENTIDE_LOCK=accept cargo test lock` adds it",
            "to take it in: `EVENTIDE_LOCK=accept cargo test lock`",
            "4 passed",
        ],
    );
    says(&package.fails(CI), &["EV07"]);
    let accepted = package.passes(ACCEPT);
    says(
        &accepted,
        &["event `Placed` version 1 has a golden now, made up"],
    );
    says(
        &package.lock(),
        &["event Placed 1\n  quantity: u32\n  golden {\"quantity\":"],
    );
    let green = package.passes(CI);
    says(&green, &["4 passed"]);
    assert!(!green.contains("EV07"), "{green}");

    package.event("pub struct Placed { pub quantity: u64 }");
    let red = package.fails(None);
    says(
        &red,
        &[
            "EV07: event `Placed` version 1",
            "`quantity` was `u32`, is `u64`",
            "`EVENTIDE_LOCK=accept cargo test lock`",
        ],
    );
    says(
        &package.passes(ACCEPT),
        &["field `quantity` was `u32`, is `u64`"],
    );
    package.passes(CI);

    package.passes(PUBLISH);
    let published = package.lock();
    says(&published, &["event Placed 1 published\n  quantity: u64\n"]);
    package.event("pub struct Placed { pub quantity: u32 }");
    says(&package.fails(None), &["EV07"]);
    let refused = package.fails(ACCEPT);
    says(
        &refused,
        &[
            "was not written:\nevent `Placed` version 1 is published, and the program has another shape of it",
            "field `quantity` was `u64`, is `u32`",
            "`#[event(version = 2)]` on `Placed` and a step from version 1",
        ],
    );
    assert_eq!(package.lock(), published);

    let small = "fn small(old: u64) -> u32 { old as u32 }";
    package.event(&format!(
        "#[event(version = 2)]\npub struct Placed {{ #[event(changed(since = 2, from = u64, with = small))] pub quantity: u32 }}\n{small}"
    ));
    says(&package.fails(CI), &["EV07"]);
    package.passes(ACCEPT);
    says(&package.passes(CI), &["4 passed"]);
    let golden = published.lines().find(|line| line.contains("golden"));
    says(
        &package.lock(),
        &[
            "event Placed 1 published\n  quantity: u64\n",
            golden.unwrap(),
            "    reads Placed 2 {",
            "event Placed 2\n  quantity: u32\n",
        ],
    );

    let wrong = "fn small(old: u64) -> u32 { old as u32 + 1 }";
    package.event(&format!(
        "#[event(version = 2)]\npub struct Placed {{ #[event(changed(since = 2, from = u64, with = small))] pub quantity: u32 }}\n{wrong}"
    ));
    says(
        &package.fails(CI),
        &[
            "golden 1 of event `Placed` version 1 is now read differently:\n  `quantity` was `",
            "every_golden_is_read_as_it_was_recorded",
        ],
    );
}

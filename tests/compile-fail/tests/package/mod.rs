//! A package outside this workspace, as a user has one, and what the compiler says about it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;
use std::{env, fs};

use serde_json::Value;

/// What the compiler made of the programs of a package.
pub(crate) struct Checked {
    /// Programs that compile.
    pub(crate) sound: BTreeSet<String>,
    /// For each program, its errors as they are shown.
    pub(crate) errors: BTreeMap<String, Vec<String>>,
}

/// Checks `programs` (name, source) as the binaries of one package, which knows eventide as
/// `dependency`.
pub(crate) fn check(dependency: &str, programs: &[(String, String)]) -> Checked {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = manifest
        .join("../..")
        .canonicalize()
        .expect("the workspace");
    let scratch = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let package = scratch.join(format!("package-{dependency}"));
    let sources = package.join("src/bin");
    if package.exists() {
        fs::remove_dir_all(&package).expect("remove the last run's package");
    }
    fs::create_dir_all(&sources).expect("create the package");
    fs::write(package.join("Cargo.toml"), cargo_toml(dependency, &root)).expect("write");
    fs::copy(root.join("Cargo.lock"), package.join("Cargo.lock")).expect("copy the lock file");
    for (name, source) in programs {
        fs::write(sources.join(format!("{name}.rs")), source).expect("write");
    }
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args([
            "check",
            "--offline",
            "--keep-going",
            "--message-format=json",
        ])
        .current_dir(&package)
        .env("CARGO_TARGET_DIR", scratch.join("target"))
        .env_remove("RUSTFLAGS")
        .output()
        .expect("cargo runs");
    let checked = Checked::read(&String::from_utf8_lossy(&output.stdout));
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(
        checked.sound.len() + checked.errors.len() >= programs.len(),
        "cargo did not get to the programs:\n{stderr}"
    );
    checked
}

fn cargo_toml(dependency: &str, eventide: &Path) -> String {
    format!(
        r#"
[package]
name = "user"
edition = "2024"

[dependencies]
{dependency} = {{ package = "eventide", path = '{}', default-features = false }}
serde = {{ version = "1", features = ["derive"] }}

[workspace]
"#,
        eventide.display(),
    )
}

impl Checked {
    fn read(messages: &str) -> Self {
        let mut checked = Self {
            sound: BTreeSet::new(),
            errors: BTreeMap::new(),
        };
        for line in messages.lines() {
            let message: Value = serde_json::from_str(line).expect("cargo writes JSON");
            let text = |path: &str| message.pointer(path).and_then(Value::as_str);
            let (Some("bin"), Some(program)) = (text("/target/kind/0"), text("/target/name"))
            else {
                continue;
            };
            if text("/reason") == Some("compiler-artifact") {
                checked.sound.insert(program.to_owned());
            } else if text("/message/level") == Some("error") {
                let shown = text("/message/rendered").unwrap_or_default();
                let errors = checked.errors.entry(program.to_owned()).or_default();
                errors.push(shown.to_owned());
            }
        }
        checked
    }
}

//! The package of the book's user.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use super::blocks::{Block, Kind, parts, sides};

const DOMAIN: &str = "src/lib.rs";
const LOCK: &str = "eventide.lock";

/// What every package has, and no book need show.
const MANIFEST: &str = r#"
[package]
name = "shop"
edition = "2024"

[lib]
doctest = false

[[bin]]
name = "shop"
path = "src/main.rs"
test = false

[profile.dev]
debug = false

[workspace]
"#;

pub(crate) struct Shop {
    folder: PathBuf,
    target: PathBuf,
    /// What the last commands printed.
    said: String,
    /// The lock before the last commands.
    lock_before: String,
}

/// What is so instead of what the book says.
type Truth = String;

impl Shop {
    pub(crate) fn new() -> Self {
        let scratch = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let shop = Self {
            folder: scratch.join("package-book"),
            target: scratch.join("target"),
            said: String::new(),
            lock_before: String::new(),
        };
        if shop.folder.exists() {
            fs::remove_dir_all(&shop.folder).expect("remove the last run's package");
        }
        fs::create_dir_all(shop.folder.join("src")).expect("create the package");
        let lock = root().join("Cargo.lock");
        fs::copy(lock, shop.folder.join("Cargo.lock")).expect("copy the lock file");
        shop
    }

    /// Does what the block asks for, or finds that it is not so.
    pub(crate) fn does(&mut self, block: &Block<'_>) -> Result<(), Truth> {
        let text = &*block.text;
        match block.kind {
            Kind::File("Cargo.toml") => self.write("Cargo.toml", &manifest(text)),
            Kind::File(file) => self.write(file, &format!("{text}\n")),
            Kind::Items => self.write(DOMAIN, &format!("{}\n{text}\n", self.read(DOMAIN))),
            Kind::Edit(file) => return self.edit(file, text),
            Kind::Script { fails } => return self.run(text, fails),
            Kind::Said => return holds("what was printed", &self.said, &parts(text)),
            Kind::Holds(file) => return holds(file, &self.read(file), &parts(text)),
            Kind::LockChange => {
                let (before, after): (Vec<_>, Vec<_>) =
                    parts(text).iter().map(|part| sides(part)).unzip();
                holds("the lock before", &self.lock_before, &before)?;
                return holds("the lock", &self.read(LOCK), &after);
            }
        }
        Ok(())
    }

    fn read(&self, file: &str) -> String {
        fs::read_to_string(self.folder.join(file)).unwrap_or_default()
    }

    fn write(&self, file: &str, text: &str) {
        let path = self.folder.join(file);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).expect("create the folder");
        }
        fs::write(path, text).expect("write");
    }

    fn edit(&self, file: &str, text: &str) -> Result<(), Truth> {
        let mut edited = format!("\n{}", self.read(file));
        for part in parts(text) {
            let (before, after) = sides(&part);
            let (before, after) = (format!("\n{before}\n"), format!("\n{after}\n"));
            match edited.matches(&before).count() {
                1 => edited = edited.replacen(&before, &after, 1),
                count => {
                    return Err(format!(
                        "{file} holds this {count} times:\n{before}\n{edited}"
                    ));
                }
            }
        }
        self.write(file, edited.trim_start_matches('\n'));
        Ok(())
    }

    fn run(&mut self, script: &str, fails: bool) -> Result<(), Truth> {
        self.lock_before = self.read(LOCK);
        let target = self.target.display().to_string();
        let mut command = Command::new("sh");
        command
            .args(["-e", "-c"])
            .arg(script.replace("target/debug/", &format!("{target}/debug/")))
            .current_dir(&self.folder)
            .env("PATH", path_with_cargo())
            .env("CARGO_TARGET_DIR", &self.target)
            .env("CARGO_NET_OFFLINE", "true")
            .env("CARGO_TERM_COLOR", "never");
        for unset in ["EVENTIDE_LOCK", "CI", "RUSTFLAGS", "RUST_BACKTRACE"] {
            command.env_remove(unset);
        }
        let output = command.output().expect("there is a shell");
        let streams = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
        let folder = format!("{}/", self.folder.display());
        self.said = streams.join("\n").replace(&folder, "");
        if output.status.success() == fails {
            let did = if fails { "succeeds" } else { "fails" };
            return Err(format!("`{script}` {did}:\n{}", self.said));
        }
        Ok(())
    }
}

fn root() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    root.canonicalize().expect("the workspace")
}

/// The shown dependencies, with eventide where it lies.
fn manifest(dependencies: &str) -> String {
    let here = format!("path = '{}'", root().display());
    let dependencies = dependencies.replace(r#"path = "../eventide""#, &here);
    format!("{dependencies}\n{MANIFEST}")
}

/// The toolchain that runs this test is the one the commands use.
fn path_with_cargo() -> std::ffi::OsString {
    let cargo = env::var_os("CARGO").map(PathBuf::from);
    let folder = cargo.as_deref().and_then(Path::parent).map(Path::to_owned);
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = folder.into_iter().chain(env::split_paths(&path));
    env::join_paths(folders).expect("a search path")
}

/// Whether the parts stand in `text`, one after the other, each as whole lines.
fn holds(what: &str, text: &str, parts: &[String]) -> Result<(), Truth> {
    let lines: Vec<_> = text.lines().map(str::trim_end).collect();
    let text = format!("\n{}\n", lines.join("\n"));
    let mut rest = &*text;
    if parts.is_empty() {
        return Err(format!("nothing is said, and {what} is:{text}"));
    }
    for part in parts {
        let Some(at) = rest.find(&format!("\n{part}\n")) else {
            return Err(format!(
                "{what} does not hold, at its place:\n{part}\n\n{what} is:{text}"
            ));
        };
        rest = rest.get(at + 1 + part.len()..).unwrap_or_default();
    }
    Ok(())
}

//! A crate in a workspace of its own, and what compiling it costs.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::support::cpu;

/// User time of all children that ended and were waited for, theirs included; see `cpu::OWN`.
const CHILDREN: usize = 16;

/// A generated library.
pub(crate) struct Crate {
    folder: PathBuf,
}

impl Crate {
    /// Writes it. Both have the same dependencies, at the versions of eventide's own lock file.
    pub(crate) fn write(name: &str, source: &str) -> Self {
        let eventide = env!("CARGO_MANIFEST_DIR");
        let folder = shared().join(name);
        fs::create_dir_all(folder.join("src")).unwrap();
        let manifest = format!(
            "[package]\nname = \"{name}\"\nedition = \"2024\"\n\n\
             [dependencies]\neventide = {{ path = \"{eventide}\" }}\n\
             serde = {{ version = \"1\", features = [\"derive\"] }}\nserde_json = \"1\"\n\n\
             [workspace]\n"
        );
        fs::write(folder.join("Cargo.toml"), manifest).unwrap();
        fs::copy(
            Path::new(eventide).join("Cargo.lock"),
            folder.join("Cargo.lock"),
        )
        .unwrap();
        fs::write(folder.join("src/lib.rs"), source).unwrap();
        Self { folder }
    }

    /// Adds a file to it.
    pub(crate) fn with(self, file: &str, text: &str) -> Self {
        fs::write(self.folder.join(file), text).unwrap();
        self
    }

    /// The CPU time of compiling the crate alone.
    pub(crate) fn compile(&self, command: &str) -> Duration {
        self.compile_after(command, "0", || {
            let source = self.folder.join("src/lib.rs");
            let text = fs::read(&source).unwrap();
            fs::write(&source, text).unwrap();
        })
    }

    /// The CPU time of checking the crate once more, incrementally, after a change in `file`.
    pub(crate) fn check_again(&self, file: &str) -> Duration {
        self.compile_after("check", "1", || {
            let file = self.folder.join(file);
            let mut text = fs::read_to_string(&file).unwrap();
            let length = text.len();
            writeln!(text, "pub fn from_{length}() {{}}").unwrap();
            fs::write(&file, text).unwrap();
        })
    }

    fn compile_after(&self, command: &str, incremental: &str, change: impl Fn()) -> Duration {
        self.cargo(command, incremental);
        let nothing_to_do = self.cargo(command, incremental);
        change();
        self.cargo(command, incremental)
            .saturating_sub(nothing_to_do)
    }

    fn cargo(&self, command: &str, incremental: &str) -> Duration {
        let before = cpu::at_field(CHILDREN);
        let status = Command::new(env!("CARGO"))
            .args([command, "--quiet"])
            .current_dir(&self.folder)
            .env("CARGO_TARGET_DIR", shared().join("target"))
            .env("CARGO_INCREMENTAL", incremental)
            .env("EVENTIDE_LOCK", "strict")
            .env_remove("RUSTFLAGS")
            .stdin(Stdio::null())
            .status()
            .unwrap();
        assert!(
            status.success(),
            "cargo {command} failed in {}",
            self.folder.display()
        );
        cpu::at_field(CHILDREN).saturating_sub(before)
    }
}

fn shared() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("compile_time")
}

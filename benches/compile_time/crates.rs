//! A crate in a workspace of its own, and what compiling it costs.

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

    /// The CPU time of compiling the crate alone.
    pub(crate) fn compile(&self, command: &str) -> Duration {
        self.cargo(command);
        let nothing_to_do = self.cargo(command);
        let source = self.folder.join("src/lib.rs");
        let text = fs::read(&source).unwrap();
        fs::write(&source, text).unwrap();
        self.cargo(command).saturating_sub(nothing_to_do)
    }

    fn cargo(&self, command: &str) -> Duration {
        let before = cpu::at_field(CHILDREN);
        let status = Command::new(env!("CARGO"))
            .args([command, "--quiet"])
            .current_dir(&self.folder)
            .env("CARGO_TARGET_DIR", shared().join("target"))
            .env("CARGO_INCREMENTAL", "0")
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

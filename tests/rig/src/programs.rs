//! PostgreSQL's programs: where they are, and whom they run as.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::error::{Error, Result, tail};

/// The folder to take instead of looking for one.
const FOLDER: &str = "EVENTIDE_PG_BIN";

/// Where Debian keeps one folder per version.
const DEBIAN: &str = "/usr/lib/postgresql";

/// The programs of one PostgreSQL.
#[derive(Debug, Clone)]
pub(crate) struct Programs {
    folder: PathBuf,
    /// The user to run as; without one, whoever runs the tests.
    pub(crate) user: Option<User>,
}

/// A user and its group.
#[derive(Debug, Clone, Copy)]
pub(crate) struct User {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
}

impl Programs {
    pub(crate) fn find() -> Result<Self> {
        let (folders, looked_in) = candidates();
        let Some(folder) = folders.iter().find_map(|it| complete(it)) else {
            return Err(Error::NotInstalled {
                program: "initdb",
                looked_in,
            });
        };
        let user = if rustix::process::geteuid().is_root() {
            let found = ["postgres", "nobody"].into_iter().find_map(look_up);
            Some(found.ok_or(Error::NoUser)?)
        } else {
            None
        };
        Ok(Self { folder, user })
    }

    /// Runs as the server's user in `place`, in a process group that a Ctrl-C does not reach, and
    /// knows nothing of the caller's PostgreSQL settings.
    pub(crate) fn command(&self, program: &'static str, place: &Path) -> Result<Command> {
        let path = self.folder.join(program);
        if !path.is_file() {
            return Err(Error::NotInstalled {
                program,
                looked_in: self.folder.display().to_string(),
            });
        }
        let mut command = Command::new(path);
        for (name, _) in env::vars_os() {
            if name.to_string_lossy().starts_with("PG") {
                command.env_remove(name);
            }
        }
        command
            .env("LC_ALL", "C")
            .current_dir(place)
            .process_group(0)
            .stdin(Stdio::null());
        if let Some(libraries) = self.libraries() {
            command.env("LD_LIBRARY_PATH", libraries);
        }
        if let Some(user) = self.user {
            command.uid(user.uid).gid(user.gid);
        }
        Ok(command)
    }

    /// A tree that was unpacked somewhere must not load the system's libpq, which may be older.
    fn libraries(&self) -> Option<OsString> {
        env::var_os(FOLDER)?;
        let own = self.folder.parent()?.join("lib");
        let others = env::var_os("LD_LIBRARY_PATH").unwrap_or_default();
        env::join_paths([own].into_iter().chain(env::split_paths(&others))).ok()
    }
}

/// Runs to the end, off the async threads' way: call it where blocking is allowed.
pub(crate) fn run(mut command: Command) -> Result<()> {
    let program = Path::new(command.get_program())
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let output = command
        .output()
        .map_err(Error::io(format!("run `{program}`")))?;
    if output.status.success() {
        return Ok(());
    }
    let mut printed = String::from_utf8_lossy(&output.stdout).into_owned();
    printed.push_str(&String::from_utf8_lossy(&output.stderr));
    Err(Error::Program {
        program,
        status: output.status,
        output: tail(&printed),
    })
}

/// The folder, if it has what a server needs. A link in it leads to the folder that has all
/// programs of that version.
fn complete(folder: &Path) -> Option<PathBuf> {
    let postgres = folder.join("postgres").canonicalize().ok()?;
    [postgres.parent()?, folder]
        .into_iter()
        .find(|folder| folder.join("initdb").is_file())
        .map(Path::to_owned)
}

/// The folders to look in, best first, and their names for a message.
fn candidates() -> (Vec<PathBuf>, String) {
    if let Some(folder) = env::var_os(FOLDER) {
        let looked_in = format!("{} ({FOLDER})", folder.display());
        return (vec![folder.into()], looked_in);
    }
    let path = env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = env::split_paths(&path).collect();
    folders.extend(debian());
    (folders, format!("PATH and {DEBIAN}/*/bin"))
}

fn debian() -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(DEBIAN) else {
        return Vec::new();
    };
    let mut versions: Vec<(u32, PathBuf)> = entries
        .flatten()
        .filter_map(|entry| {
            let version = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .collect();
    versions.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
    versions.into_iter().map(|(_, folder)| folder).collect()
}

fn look_up(name: &str) -> Option<User> {
    let output = Command::new("getent")
        .args(["passwd", name])
        .stdin(Stdio::null())
        .output()
        .ok()?;
    let line = String::from_utf8(output.stdout).ok()?;
    let mut numbers = line.trim().split(':').skip(2);
    Some(User {
        uid: numbers.next()?.parse().ok()?,
        gid: numbers.next()?.parse().ok()?,
    })
}

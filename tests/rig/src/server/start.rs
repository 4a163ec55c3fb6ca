//! From nothing to a server that takes connections.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::process::Child;
use std::sync::Mutex;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::{Options, Server, lock};
use crate::error::{Error, Result, tail};
use crate::folder::Folder;
use crate::ports;
use crate::processes;
use crate::programs::{Programs, run};

/// A port may be taken between the look and the start.
const PORTS: usize = 8;

impl Server {
    pub(super) async fn start_with(options: Options) -> Result<Self> {
        let (programs, folder) = blocking(move || {
            let programs = Programs::find()?;
            let folder = Folder::create(options.in_memory, programs.user)?;
            initdb(&programs, &folder, &options)?;
            Ok((programs, folder))
        })
        .await?;
        Self::on(programs, folder).await
    }

    /// A server on a data folder that is ready.
    pub(super) async fn on(programs: Programs, folder: Folder) -> Result<Self> {
        let mut server = Self {
            programs,
            port: 0,
            postmaster: Mutex::new(None),
            synchronous: Mutex::default(),
            databases: AtomicU64::new(0),
            standbys: AtomicU64::new(0),
            folder,
        };
        let mut attempt = 1;
        loop {
            server.port = ports::free()?;
            match server.spawn_and_wait().await {
                Err(Error::PortTaken { .. }) if attempt < PORTS => attempt += 1,
                Err(error) => return Err(error),
                Ok(()) => return Ok(server),
            }
        }
    }

    /// Starts the postmaster on the port and data of this server.
    pub(super) async fn spawn_and_wait(&self) -> Result<()> {
        let seen = fs::metadata(self.folder.log()).map_or(0, |it| it.len());
        *lock(&self.postmaster) = Some(self.spawn()?);
        self.wait_ready_after(seen).await
    }

    /// Waits until the server takes connections: after a start, and after the recovery that
    /// follows the death of a backend.
    ///
    /// # Errors
    ///
    /// [`Error::Ended`] when it ended, [`Error::NotRunning`] when it was killed or stopped before,
    /// [`Error::TimedOut`] after a minute.
    pub async fn wait_ready(&self) -> Result<()> {
        if lock(&self.postmaster).is_none() {
            return Err(Error::NotRunning);
        }
        let seen = fs::metadata(self.folder.log()).map_or(0, |it| it.len());
        self.wait_ready_after(seen).await
    }

    /// `seen` bytes of the log are of an earlier start.
    async fn wait_ready_after(&self, seen: u64) -> Result<()> {
        let patience = self.patience("the server took connections");
        loop {
            if let Some(status) = self.ended()? {
                let log = self.log_after(seen);
                if log.contains("could not bind") {
                    return Err(Error::PortTaken { port: self.port });
                }
                return Err(Error::Ended {
                    status,
                    log: tail(&log),
                });
            }
            // By the socket in our own folder: another server may have the port. It opens last.
            let answer = timeout(Duration::from_secs(1), self.admin()).await;
            if matches!(answer, Ok(Ok(_))) {
                return Ok(());
            }
            patience.glance().await?;
        }
    }

    fn spawn(&self) -> Result<Child> {
        let log = self.folder.log();
        let open = || {
            let file = File::options().create(true).append(true).open(&log);
            file.map_err(Error::io(format!("open {}", log.display())))
        };
        let mut command = self.programs.command("postgres", self.folder.path())?;
        command.stdout(open()?).stderr(open()?);
        command.arg("-D").arg(self.folder.data());
        command.args(["-p", &self.port.to_string()]);
        command.args(["-c", "listen_addresses=127.0.0.1"]);
        let sockets = format!("unix_socket_directories={}", self.folder.path().display());
        command.args(["-c", &sockets]);
        command.spawn().map_err(Error::io("run `postgres`"))
    }

    fn log_after(&self, seen: u64) -> String {
        let log = fs::read(self.folder.log()).unwrap_or_default();
        let seen = usize::try_from(seen).unwrap_or(usize::MAX);
        String::from_utf8_lossy(log.get(seen..).unwrap_or_default()).into_owned()
    }

    /// The processes of this server, the postmaster's among them.
    pub(super) fn processes(&self) -> Result<Vec<i32>> {
        processes::working_in(&self.folder.data())
    }
}

/// Runs what blocks where it does not stop the tasks of the test.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    match spawn_blocking(work).await {
        Ok(answer) => answer,
        Err(error) => Err(Error::io("prepare a server")(error.into())),
    }
}

pub(super) fn append(file: &Path, lines: &str) -> Result<()> {
    OpenOptions::new()
        .append(true)
        .open(file)
        .and_then(|mut file| file.write_all(lines.as_bytes()))
        .map_err(Error::io(format!("write {}", file.display())))
}

fn initdb(programs: &Programs, folder: &Folder, options: &Options) -> Result<()> {
    let mut command = programs.command("initdb", folder.path())?;
    command.arg("-D").arg(folder.data());
    command.args(["-U", "postgres", "-A", "trust", "-E", "UTF8"]);
    // What a fresh folder holds, a failing machine may lose: only what comes later matters.
    command.args(["--no-locale", "--no-sync"]);
    run(command)?;
    append(&folder.data().join("postgresql.conf"), &options.lines())
}

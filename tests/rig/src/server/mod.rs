//! A private PostgreSQL server.

mod database;
mod faults;
mod options;
mod patience;
mod shared;
mod standby;
mod start;

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::{Child, ExitStatus};
use std::sync::atomic::AtomicU64;
use std::sync::{Mutex, MutexGuard, PoisonError};

pub use options::Options;
pub use standby::Standby;

use crate::error::{Error, Result, tail};
use crate::folder::Folder;
use crate::programs::Programs;

/// A PostgreSQL server of one's own: a data folder in a fresh folder, a port of 127.0.0.1 and a
/// Unix socket, one superuser `postgres`, no password.
///
/// Durable unless [`Options::fast`] is asked for: a killed server keeps what it acknowledged.
///
/// Dropped, it is killed, and its folder removed; so it is when the test process ends in any other
/// way, `kill -9` included, because a helper process waits for that. Should that one be killed
/// too, the next server that starts on this machine cleans up.
///
/// ```no_run
/// # async fn demo() -> eventide_rig::Result<()> {
/// let server = eventide_rig::Server::start().await?;
/// let shop = server.create_database("shop").await?;
/// let client = server.connect(&shop).await?;
/// server.kill_postmaster().await?;
/// server.restart().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Server {
    programs: Programs,
    port: u16,
    postmaster: Mutex<Option<Child>>,
    /// The standbys a commit waits for.
    synchronous: Mutex<Vec<String>>,
    databases: AtomicU64,
    standbys: AtomicU64,
    /// Last, so that it is dropped last: it removes what the others use.
    folder: Folder,
}

impl Server {
    /// A durable server in the temporary folder.
    ///
    /// # Errors
    ///
    /// [`Error::NotInstalled`] and [`Error::NoUser`] when this machine cannot have one,
    /// [`Error::Program`], [`Error::Ended`] and [`Error::TimedOut`] when PostgreSQL fails.
    pub async fn start() -> Result<Self> {
        Self::options().start().await
    }

    /// To [`start`](Options::start) a server with other settings.
    pub fn options() -> Options {
        Options::default()
    }

    /// The port of 127.0.0.1 it listens on; a restart keeps it.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The port with its address, for [`Proxy::to`](crate::Proxy::to).
    pub fn addr(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.port).into()
    }

    /// The folder that holds its socket, data (`data`) and log (`log`).
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The last lines of its log; empty when there is none.
    pub fn log_tail(&self) -> String {
        tail(&fs::read_to_string(self.folder.log()).unwrap_or_default())
    }

    /// The process id of the postmaster.
    ///
    /// # Errors
    ///
    /// [`Error::NotRunning`] after it was killed or stopped.
    pub fn pid(&self) -> Result<i32> {
        if self.ended()?.is_some() {
            return Err(Error::NotRunning);
        }
        let postmaster = lock(&self.postmaster);
        let child = postmaster.as_ref().ok_or(Error::NotRunning)?;
        child.id().try_into().map_err(|_| Error::NotRunning)
    }

    /// How the postmaster ended, if it has.
    fn ended(&self) -> Result<Option<ExitStatus>> {
        match lock(&self.postmaster).as_mut() {
            Some(child) => child
                .try_wait()
                .map_err(Error::io("ask for the postmaster")),
            None => Ok(None),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Reaped here, for the folder's removal waits until no process works in it.
        if let Some(child) = lock(&self.postmaster).as_mut() {
            // It may have ended before; the removal of the folder kills what this one could not.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// A panic of another test while it held the lock leaves the value as good as it was.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

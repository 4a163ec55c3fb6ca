//! What can happen to a server.

use rustix::process::Signal;

use super::{Server, lock};
use crate::error::{Error, Result};
use crate::processes::{began, send, state};

impl Server {
    /// `kill -9` of the postmaster and every backend, as by the machine's out-of-memory killer;
    /// all are gone when it returns. [`restart`](Self::restart) recovers.
    ///
    /// # Errors
    ///
    /// [`Error::NotRunning`], and [`Error::TimedOut`] when a process does not die.
    pub async fn kill_postmaster(&self) -> Result<()> {
        send(self.pid()?, Signal::KILL)?;
        self.wait_ended().await?;
        // Backends notice sooner or later that their postmaster is gone; until then they would
        // keep the data folder from a new one.
        let patience = self.patience("every backend was gone");
        loop {
            let orphans = self.processes()?;
            if orphans.is_empty() {
                return Ok(());
            }
            for pid in orphans {
                send(pid, Signal::KILL)?;
            }
            patience.glance().await?;
        }
    }

    /// Stops without a checkpoint, as `pg_ctl stop -m immediate`: the next start recovers.
    ///
    /// # Errors
    ///
    /// [`Error::NotRunning`], and [`Error::TimedOut`] when it does not end.
    pub async fn stop_immediate(&self) -> Result<()> {
        self.stop(Signal::QUIT).await
    }

    /// Ends all sessions, writes a checkpoint, and stops, as `pg_ctl stop -m fast`.
    ///
    /// # Errors
    ///
    /// [`Error::NotRunning`], and [`Error::TimedOut`] when it does not end.
    pub async fn stop_fast(&self) -> Result<()> {
        self.stop(Signal::INT).await
    }

    /// Starts again on the same port and data, and waits until it takes connections; a server that
    /// still runs is stopped first, as by [`stop_fast`](Self::stop_fast).
    ///
    /// # Errors
    ///
    /// As [`Server::start`], and [`Error::PortTaken`].
    pub async fn restart(&self) -> Result<()> {
        match self.stop_fast().await {
            Ok(()) | Err(Error::NotRunning) => self.spawn_and_wait().await,
            Err(error) => Err(error),
        }
    }

    /// Stops every process of the server where it is: connections stay open, and nothing answers.
    ///
    /// # Errors
    ///
    /// [`Error::NotRunning`].
    pub async fn pause(&self) -> Result<()> {
        // The postmaster first: once it stands still, no new process appears.
        let postmaster = self.pid()?;
        send(postmaster, Signal::STOP)?;
        let patience = self.patience("the postmaster stood still");
        while state(postmaster) != Some('T') {
            self.pid()?;
            patience.glance().await?;
        }
        self.send_all(Signal::STOP)
    }

    /// Lets a [paused](Self::pause) server go on.
    ///
    /// # Errors
    ///
    /// [`Error::NotRunning`].
    pub fn resume(&self) -> Result<()> {
        self.pid()?;
        self.send_all(Signal::CONT)
    }

    /// `kill -9` of one backend, as `pg_backend_pid()` names it. PostgreSQL then ends all sessions
    /// and recovers, which [`wait_ready`](Self::wait_ready) waits for. To end one session only,
    /// use `pg_terminate_backend`.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchBackend`] when `pid` is not of this server, or is its postmaster;
    /// [`Error::NotRunning`], and [`Error::TimedOut`] when it does not die.
    pub async fn kill_backend(&self, pid: i32) -> Result<()> {
        if pid == self.pid()? || !self.processes()?.contains(&pid) {
            return Err(Error::NoSuchBackend { pid });
        }
        let before = began(pid);
        send(pid, Signal::KILL)?;
        // Until its postmaster has seen it, that one would still take connections.
        let patience = self.patience("the postmaster saw the death of a backend");
        while began(pid) == before {
            patience.glance().await?;
        }
        Ok(())
    }

    fn send_all(&self, signal: Signal) -> Result<()> {
        self.processes()?
            .into_iter()
            .try_for_each(|pid| send(pid, signal))
    }

    async fn stop(&self, signal: Signal) -> Result<()> {
        let postmaster = self.pid()?;
        // A paused process would not see it.
        self.send_all(Signal::CONT)?;
        send(postmaster, signal)?;
        self.wait_ended().await
    }

    async fn wait_ended(&self) -> Result<()> {
        let patience = self.patience("the postmaster ended");
        while self.ended()?.is_none() {
            patience.glance().await?;
        }
        *lock(&self.postmaster) = None;
        Ok(())
    }
}

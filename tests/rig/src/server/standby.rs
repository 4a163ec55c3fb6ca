//! A second server that follows the first.

use std::fmt::Write;
use std::sync::atomic::Ordering;

use super::options::quoted;
use super::start::{append, blocking};
use super::{Server, lock};
use crate::error::{Error, Result};
use crate::folder::Folder;
use crate::programs::run;

/// How a standby follows; from [`Server::standby`].
#[derive(Debug)]
#[must_use = "a standby does nothing until `start`"]
pub struct Standby<'a> {
    primary: &'a Server,
    synchronous: bool,
    in_memory: bool,
}

impl Standby<'_> {
    /// Every commit on the primary then waits until the standby has it on its disk. When the
    /// standby is gone, commits hang, until [`Server::forget_standbys`].
    pub fn synchronous(mut self) -> Self {
        self.synchronous = true;
        self
    }

    /// Keeps the data folder in `/dev/shm`.
    pub fn in_memory(mut self) -> Self {
        self.in_memory = true;
        self
    }

    /// Copies the primary, starts the copy, and waits until it streams; a synchronous one until
    /// commits wait for it.
    ///
    /// # Errors
    ///
    /// [`Error::NotRunning`] without a primary; else as [`Server::start`].
    pub async fn start(self) -> Result<Server> {
        let primary = self.primary;
        primary.pid()?;
        let number = primary.standbys.fetch_add(1, Ordering::Relaxed) + 1;
        let name = format!("standby_{number}");
        let (programs, folder) = {
            let (programs, in_memory) = (primary.programs.clone(), self.in_memory);
            let (port, name) = (primary.port, name.clone());
            blocking(move || {
                let folder = Folder::create(in_memory, programs.user)?;
                let mut command = programs.command("pg_basebackup", folder.path())?;
                command.arg("-D").arg(folder.data());
                let from =
                    format!("host=127.0.0.1 port={port} user=postgres application_name={name}");
                command.args(["-d", &from, "-R", "-C", "-S", &name, "-X", "stream"]);
                command.args(["-c", "fast", "--no-sync"]);
                run(command)?;
                // Promoted, it must not wait for the standbys of the primary it was copied from.
                let settings = folder.data().join("postgresql.auto.conf");
                append(&settings, "synchronous_standby_names = ''\n")?;
                Ok((programs, folder))
            })
            .await?
        };
        let standby = Server::on(programs, folder).await?;
        if self.synchronous {
            primary.wait_for(&name).await?;
        }
        primary.wait_streaming(&name, self.synchronous).await?;
        Ok(standby)
    }
}

impl Server {
    /// To start a standby of this server by streaming replication.
    pub fn standby(&self) -> Standby<'_> {
        Standby {
            primary: self,
            synchronous: false,
            in_memory: false,
        }
    }

    /// Makes a primary of this standby, and returns when it takes writes. Stop or kill the old
    /// primary before; nothing else keeps it from taking writes, too.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] when this is no standby.
    pub async fn promote(&self) -> Result<()> {
        let client = self.admin().await?;
        client
            .execute("SELECT pg_promote(true, 60)", &[])
            .await
            .map_err(Error::refused("promote the standby"))?;
        let patience = self.patience("the standby was promoted");
        loop {
            let row = client.query_one("SELECT pg_is_in_recovery()", &[]).await;
            let follows: bool = row
                .and_then(|row| row.try_get(0))
                .map_err(Error::refused("say whether it is a standby"))?;
            if !follows {
                return Ok(());
            }
            patience.glance().await?;
        }
    }

    /// Commits no longer wait for any standby, those that hang included.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] by PostgreSQL.
    pub async fn forget_standbys(&self) -> Result<()> {
        lock(&self.synchronous).clear();
        self.set_synchronous("").await
    }

    async fn wait_for(&self, standby: &str) -> Result<()> {
        let names = {
            let mut standbys = lock(&self.synchronous);
            standbys.push(standby.to_owned());
            let mut names = format!("FIRST {} (", standbys.len());
            // Writing to a string cannot fail.
            let _ = write!(names, "{})", standbys.join(", "));
            names
        };
        self.set_synchronous(&names).await
    }

    async fn set_synchronous(&self, names: &str) -> Result<()> {
        let names = quoted(names);
        // Each alone: `ALTER SYSTEM` refuses to run in a transaction.
        self.execute(&format!(
            "ALTER SYSTEM SET synchronous_standby_names = {names}"
        ))
        .await?;
        self.execute("SELECT pg_reload_conf()").await
    }

    async fn wait_streaming(&self, standby: &str, synchronous: bool) -> Result<()> {
        let client = self.admin().await?;
        let state = if synchronous { "sync" } else { "async" };
        let until = format!("{standby} streamed ({state})");
        let patience = self.patience(&until);
        let statement = "SELECT count(*) > 0 FROM pg_stat_replication \
                         WHERE application_name = $1 AND state = 'streaming' \
                         AND (sync_state = 'sync' OR NOT $2)";
        loop {
            let row = client.query_one(statement, &[&standby, &synchronous]).await;
            let streams = row
                .and_then(|row| row.try_get(0))
                .map_err(Error::refused("tell who replicates"))?;
            if streams {
                return Ok(());
            }
            patience.glance().await?;
        }
    }
}

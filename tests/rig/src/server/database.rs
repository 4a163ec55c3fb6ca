//! Connections and databases.

use std::sync::atomic::Ordering;

use tokio_postgres::{Client, Config, NoTls};

use super::Server;
use crate::Proxy;
use crate::error::{Error, Result};

const SUPERUSER: &str = "postgres";

impl Server {
    /// `postgres://postgres@127.0.0.1:<port>/<database>`.
    pub fn url(&self, database: &str) -> String {
        url(self.port, database)
    }

    /// As [`url`](Self::url), by way of `proxy`.
    pub fn url_through(&self, proxy: &Proxy, database: &str) -> String {
        url(proxy.addr().port(), database)
    }

    /// To connect over TCP.
    pub fn config(&self, database: &str) -> Config {
        config(self.port, database)
    }

    /// As [`config`](Self::config), by way of `proxy`.
    pub fn config_through(&self, proxy: &Proxy, database: &str) -> Config {
        config(proxy.addr().port(), database)
    }

    /// To connect over the Unix socket.
    pub fn socket_config(&self, database: &str) -> Config {
        let mut config = Config::new();
        config.host_path(self.folder.path());
        config.port(self.port).user(SUPERUSER).dbname(database);
        config
    }

    /// A client of `database`, over TCP. Its connection runs as a task of the current runtime, and
    /// ends with the client; what the connection fails of, the client's calls tell.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] when the server cannot be reached, or has no such database.
    pub async fn connect(&self, database: &str) -> Result<Client> {
        connect(&self.config(database)).await
    }

    /// A fresh, empty database, some 30 ms: its name is `prefix` with a number that no other
    /// database of this server has.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] by PostgreSQL.
    pub async fn create_database(&self, prefix: &str) -> Result<String> {
        self.create_database_from(prefix, "template1").await
    }

    /// A copy of the database `template`, to which nobody may be connected meanwhile.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] by PostgreSQL.
    pub async fn create_database_from(&self, prefix: &str, template: &str) -> Result<String> {
        let number = self.databases.fetch_add(1, Ordering::Relaxed) + 1;
        let name = format!("{prefix}_{number}");
        let statement = format!(
            "CREATE DATABASE {} TEMPLATE {}",
            ident(&name),
            ident(template)
        );
        self.execute(&statement).await?;
        Ok(name)
    }

    /// Drops `database`, and ends the connections it has; one that does not exist is no error.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] by PostgreSQL.
    pub async fn drop_database(&self, database: &str) -> Result<()> {
        let statement = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", ident(database));
        self.execute(&statement).await
    }

    /// Runs `statements` as superuser in the database `postgres`.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] by PostgreSQL.
    pub async fn execute(&self, statements: &str) -> Result<()> {
        let client = self.admin().await?;
        let attempt = format!("run `{statements}`");
        client
            .batch_execute(statements)
            .await
            .map_err(Error::refused(attempt))
    }

    /// A client of the database `postgres`, over the socket: a proxy or a lost port is not in its
    /// way.
    pub(super) async fn admin(&self) -> Result<Client> {
        connect(&self.socket_config("postgres")).await
    }
}

fn url(port: u16, database: &str) -> String {
    format!("postgres://{SUPERUSER}@127.0.0.1:{port}/{database}")
}

fn config(port: u16, database: &str) -> Config {
    let mut config = Config::new();
    config.host("127.0.0.1").port(port);
    config.user(SUPERUSER).dbname(database);
    config
}

async fn connect(config: &Config) -> Result<Client> {
    let database = config.get_dbname().unwrap_or_default();
    let attempt = format!("connect to the database `{database}`");
    let connected = config.connect(NoTls).await;
    let (client, connection) = connected.map_err(Error::refused(attempt))?;
    // Its error is the answer of every call of the client after it.
    tokio::spawn(async move { drop(connection.await) });
    Ok(client)
}

fn ident(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

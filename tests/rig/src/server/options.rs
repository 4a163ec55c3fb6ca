//! How a server is set up.

use std::fmt::Write;

use super::Server;
use crate::error::Result;

/// How a server is set up; from [`Server::options`].
#[derive(Debug, Clone)]
#[must_use = "options do nothing until `start`"]
pub struct Options {
    pub(super) in_memory: bool,
    settings: Vec<(String, String)>,
}

impl Default for Options {
    fn default() -> Self {
        let durable = [
            ("fsync", "on"),
            ("synchronous_commit", "on"),
            ("full_page_writes", "on"),
            // In the data folder, where a killed server leaves it for the folder's removal.
            ("dynamic_shared_memory_type", "mmap"),
        ];
        Self {
            in_memory: false,
            settings: durable
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
                .into(),
        }
    }
}

impl Options {
    /// Keeps the data folder in `/dev/shm`: quick, and never a measure of a durable write.
    pub fn in_memory(mut self) -> Self {
        self.in_memory = true;
        self
    }

    /// Gives up durability for speed. A killed server still keeps its commits, as the operating
    /// system has them; only a machine that fails loses them.
    pub fn fast(self) -> Self {
        self.set("fsync", "off").set("full_page_writes", "off")
    }

    /// Sets `key` as in `postgresql.conf`, over what was set before. `ALTER SYSTEM` may change it.
    pub fn set(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.settings.push((key.into(), value.into()));
        self
    }

    /// Makes the data folder, starts the server, and waits until it takes connections.
    ///
    /// # Errors
    ///
    /// As [`Server::start`].
    pub async fn start(self) -> Result<Server> {
        Server::start_with(self).await
    }

    /// Lines for the end of `postgresql.conf`: the last one of a key holds.
    pub(super) fn lines(&self) -> String {
        let mut lines = String::new();
        for (key, value) in &self.settings {
            // Writing to a string cannot fail.
            let _ = writeln!(lines, "{key} = {}", quoted(value));
        }
        lines
    }
}

/// As a value of a configuration file, and as a literal of SQL.
pub(super) fn quoted(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_setting_of_a_key_stands_last() {
        let lines = Server::options().fast().set("a.b", "it's").lines();
        let fsync: Vec<&str> = lines.lines().filter(|it| it.starts_with("fsync")).collect();
        assert_eq!(fsync, ["fsync = 'on'", "fsync = 'off'"]);
        assert!(lines.ends_with("a.b = 'it''s'\n"), "{lines}");
    }
}

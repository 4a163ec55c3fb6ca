//! How a store is opened.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use eventide_core::store::StoreError;
use eventide_core::time::{Clock, SystemClock};

use crate::SqliteStore;

/// What an acknowledged append survives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Durability {
    /// The process's end, and a power loss: every commit waits for the disk.
    #[default]
    Full,
    /// The process's end. A power loss may take the last commits, whole and from the end of the log;
    /// what is left is consistent. Several times as fast for a single client.
    MayLoseLastCommitsOnPowerLoss,
}

/// How to open a [`SqliteStore`]; made by [`SqliteStore::options`].
///
/// ```
/// # async fn doc() -> Result<(), eventide_core::store::StoreError> {
/// use std::time::Duration;
/// use eventide_sqlite::SqliteStore;
///
/// let store = SqliteStore::options()
///     .busy_timeout(Duration::from_secs(1))
///     .readers(8)
///     .open("shop.db")
///     .await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use = "options do nothing until `open`"]
pub struct SqliteOptions {
    pub(crate) durability: Durability,
    pub(crate) busy_timeout: Duration,
    pub(crate) readers: usize,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) create: bool,
    pub(crate) read_only: bool,
    pub(crate) max_batch: usize,
    pub(crate) queue: usize,
    pub(crate) max_pages: Option<u32>,
}

impl Default for SqliteOptions {
    fn default() -> Self {
        Self {
            durability: Durability::default(),
            busy_timeout: Duration::from_secs(5),
            readers: 4,
            clock: Arc::new(SystemClock),
            create: true,
            read_only: false,
            max_batch: 1024,
            queue: 4096,
            max_pages: None,
        }
    }
}

impl SqliteOptions {
    /// What an acknowledged append survives. [`Durability::Full`] unless said otherwise.
    pub fn durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// How long to wait for another process that writes to the same file. 5 seconds unless said
    /// otherwise.
    pub fn busy_timeout(mut self, timeout: Duration) -> Self {
        self.busy_timeout = timeout;
        self
    }

    /// How many reads may run at once, each on a connection of its own; at least 1, 4 unless said
    /// otherwise.
    pub fn readers(mut self, readers: usize) -> Self {
        self.readers = readers.max(1);
        self
    }

    /// Where the recorded time comes from. The system's clock unless said otherwise.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Whether to create the file if it is missing. Yes unless said otherwise.
    pub fn create(mut self, create: bool) -> Self {
        self.create = create;
        self
    }

    /// How many requests may share a transaction; at least 1, 1024 unless said otherwise.
    pub fn max_batch(mut self, requests: usize) -> Self {
        self.max_batch = requests.max(1);
        self
    }

    /// How many requests may wait for the writer before callers are held back; at least 1, 4096
    /// unless said otherwise.
    pub fn queue(mut self, requests: usize) -> Self {
        self.queue = requests.max(1);
        self
    }

    /// Limits the file's size, so that tests can fill it.
    #[doc(hidden)]
    pub fn max_pages(mut self, pages: u32) -> Self {
        self.max_pages = Some(pages);
        self
    }

    /// Opens the store in the file at `path`.
    ///
    /// # Errors
    /// By [`kind`](StoreError::kind):
    /// - `NotOurs`: the file is not an SQLite database, or one of another application, or `path` is
    ///   a directory, empty, or `:memory:`;
    /// - `Newer`: a later eventide made it;
    /// - `Locked`: another process held it longer than the [`busy_timeout`](Self::busy_timeout);
    /// - `ReadOnly`: it may only be read;
    /// - `Unavailable`: it is missing and must not be created, or cannot be opened.
    pub async fn open(self, path: impl AsRef<Path>) -> Result<SqliteStore, StoreError> {
        SqliteStore::open_with(self, path.as_ref()).await
    }
}

//! The suite every store must pass, on a file.

mod support;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use eventide_core::BoxError;
use eventide_core::store::Store;
use eventide_core::store::conformance::{Harness, Storage, Tampered, Tampering};
use eventide_core::store::transfer::TransferStore;
use eventide_core::time::Clock;
use eventide_sqlite::SqliteStore;
use rusqlite::{Connection, ErrorCode};
use support::Folder;
use tokio::sync::Mutex;

struct Files;

/// A file, and the stores that are open on it.
struct File {
    folder: Folder,
    open: Mutex<Vec<SqliteStore>>,
}

impl File {
    async fn close(&self) -> Result<(), BoxError> {
        for before in self.open.lock().await.drain(..) {
            before.close().await?;
        }
        Ok(())
    }

    async fn open_one_more(&self, clock: Arc<dyn Clock>) -> Result<SqliteStore, BoxError> {
        // The laws are about what is stored, not about how soon: of several writers of one file, SQLite lets
        // any be the next, and on a crowded machine one may wait long.
        let patience = Duration::from_mins(1);
        let options = SqliteStore::options().clock(clock).busy_timeout(patience);
        let store = options.open(self.folder.file()).await?;
        self.open.lock().await.push(store.clone());
        Ok(store)
    }
}

#[async_trait]
impl Harness for Files {
    async fn storage(&self) -> Result<Box<dyn Storage>, BoxError> {
        Ok(Box::new(File {
            folder: Folder::new(),
            open: Mutex::default(),
        }))
    }
}

#[async_trait]
impl Storage for File {
    async fn open(&self, clock: Arc<dyn Clock>) -> Result<Arc<dyn Store>, BoxError> {
        self.close().await?;
        Ok(Arc::new(self.open_one_more(clock).await?))
    }

    async fn open_beside(&self, clock: Arc<dyn Clock>) -> Result<Option<Arc<dyn Store>>, BoxError> {
        Ok(Some(Arc::new(self.open_one_more(clock).await?)))
    }

    async fn open_for_transfer(
        &self,
        clock: Arc<dyn Clock>,
    ) -> Result<Option<Arc<dyn TransferStore>>, BoxError> {
        self.close().await?;
        Ok(Some(Arc::new(self.open_one_more(clock).await?)))
    }

    async fn tamper(&self, tampering: Tampering) -> Tampered {
        let (sql, position) = match tampering {
            Tampering::Update(position) => (
                "UPDATE events SET payload = '{}' WHERE position = ?1",
                position,
            ),
            Tampering::Delete(position) => ("DELETE FROM events WHERE position = ?1", position),
            Tampering::Replace(position) => (
                "INSERT OR REPLACE INTO events SELECT position, aggregate_type, aggregate_id, \
                 version, event_id, event_type, schema_version, '{}', recorded_at, \
                 correlation_id, causation_id, metadata, tags, tenant, key_id \
                 FROM events WHERE position = ?1",
                position,
            ),
        };
        let done = Connection::open(self.folder.file())
            .and_then(|conn| conn.execute(sql, [position.as_raw().cast_signed()]));
        match done {
            Ok(_) => Tampered::Done,
            Err(refused) => {
                let code = refused.sqlite_error_code();
                assert_eq!(code, Some(ErrorCode::ConstraintViolation), "{refused}");
                Tampered::Refused
            }
        }
    }
}

eventide_core::conformance_tests!(Files);

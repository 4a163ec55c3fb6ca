//! The suite every store must pass, on a database.

mod support;

use std::sync::Arc;

use async_trait::async_trait;
use eventide_core::BoxError;
use eventide_core::store::Store;
use eventide_core::store::conformance::{Harness, Storage, Tampered, Tampering};
use eventide_core::time::Clock;
use eventide_postgres::PostgresStore;
use support::{Database, options};
use tokio::sync::Mutex;
use tokio_postgres::error::SqlState;

struct Databases;

/// A database, and the stores that are open on it.
struct Tables {
    database: Database,
    open: Mutex<Vec<PostgresStore>>,
}

impl Tables {
    async fn open_one_more(&self, clock: Arc<dyn Clock>) -> Result<Arc<dyn Store>, BoxError> {
        let options = options().clock(clock).connections(4);
        let store = options.open(&self.database.url()).await?;
        self.open.lock().await.push(store.clone());
        Ok(Arc::new(store))
    }
}

#[async_trait]
impl Harness for Databases {
    async fn storage(&self) -> Result<Box<dyn Storage>, BoxError> {
        Ok(Box::new(Tables {
            database: Database::new().await,
            open: Mutex::default(),
        }))
    }
}

#[async_trait]
impl Storage for Tables {
    async fn open(&self, clock: Arc<dyn Clock>) -> Result<Arc<dyn Store>, BoxError> {
        for before in self.open.lock().await.drain(..) {
            before.close().await?;
        }
        self.open_one_more(clock).await
    }

    async fn open_beside(&self, clock: Arc<dyn Clock>) -> Result<Option<Arc<dyn Store>>, BoxError> {
        self.open_one_more(clock).await.map(Some)
    }

    async fn tamper(&self, tampering: Tampering) -> Tampered {
        let (sql, position) = match tampering {
            Tampering::Update(position) => (
                "UPDATE eventide.events SET payload = '{}' WHERE position = $1",
                position,
            ),
            Tampering::Delete(position) => {
                ("DELETE FROM eventide.events WHERE position = $1", position)
            }
            Tampering::Replace(position) => (
                "INSERT INTO eventide.events SELECT * FROM eventide.events WHERE position = $1 \
                 ON CONFLICT (position) DO UPDATE SET payload = '{}'",
                position,
            ),
        };
        let position = position.as_raw().cast_signed();
        let done = self
            .database
            .connect()
            .await
            .execute(sql, &[&position])
            .await;
        match done {
            Ok(_) => Tampered::Done,
            Err(refused) => {
                assert_eq!(
                    refused.code(),
                    Some(&SqlState::RESTRICT_VIOLATION),
                    "{refused}"
                );
                Tampered::Refused
            }
        }
    }
}

eventide_core::conformance_tests!(Databases);

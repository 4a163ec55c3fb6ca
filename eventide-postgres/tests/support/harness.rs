//! Storage for the suite every store must pass: a database each, of stores that are opened alike.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use eventide_core::BoxError;
use eventide_core::store::Store;
use eventide_core::store::conformance::{Harness, Storage, Tampered, Tampering};
use eventide_core::store::transfer::TransferStore;
use eventide_core::time::Clock;
use eventide_postgres::{Payload, PostgresStore};
use tokio::sync::Mutex;
use tokio_postgres::error::SqlState;

use super::{Database, options};

/// How the stores are opened.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Databases {
    pub(crate) payload: Payload,
    /// A port of 127.0.0.1 to reach the server by, and parameters of the address.
    pub(crate) by_way_of: Option<(u16, &'static str)>,
}

/// A database, and the stores that are open on it.
struct Tables {
    how: Databases,
    database: Database,
    open: Mutex<Vec<PostgresStore>>,
}

impl Tables {
    async fn open_one_more(&self, clock: Arc<dyn Clock>) -> Result<Arc<PostgresStore>, BoxError> {
        // The laws are about what is stored, not about how soon: a crowded machine may take its time.
        let options = options()
            .clock(clock)
            .connections(4)
            .answer_timeout(Duration::from_secs(100))
            .patience(Duration::from_mins(5));
        let server = self.database.url();
        let url = match self.how.by_way_of {
            None => server,
            Some((port, parameters)) => {
                let direct = format!(":{}/", self.database.server.port());
                server.replace(&direct, &format!(":{port}/")) + parameters
            }
        };
        let store = options.open(&url).await?;
        self.open.lock().await.push(store.clone());
        Ok(Arc::new(store))
    }
}

impl Tables {
    async fn close(&self) -> Result<(), BoxError> {
        for before in self.open.lock().await.drain(..) {
            before.close().await?;
        }
        Ok(())
    }
}

#[async_trait]
impl Harness for Databases {
    async fn storage(&self) -> Result<Box<dyn Storage>, BoxError> {
        let database = Database::empty().await;
        let options = options().payload(self.payload);
        options.migrate(&database.url()).await?;
        Ok(Box::new(Tables {
            how: *self,
            database,
            open: Mutex::default(),
        }))
    }
}

#[async_trait]
impl Storage for Tables {
    async fn open(&self, clock: Arc<dyn Clock>) -> Result<Arc<dyn Store>, BoxError> {
        self.close().await?;
        Ok(self.open_one_more(clock).await?)
    }

    async fn open_for_transfer(
        &self,
        clock: Arc<dyn Clock>,
    ) -> Result<Option<Arc<dyn TransferStore>>, BoxError> {
        self.close().await?;
        Ok(Some(self.open_one_more(clock).await?))
    }

    async fn open_beside(&self, clock: Arc<dyn Clock>) -> Result<Option<Arc<dyn Store>>, BoxError> {
        Ok(Some(self.open_one_more(clock).await?))
    }

    fn keeps_notation(&self) -> bool {
        self.how.payload != Payload::Jsonb
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

//! Tills, and what becomes of their sales.

use std::sync::{Arc, Mutex};

#[cfg(feature = "postgres")]
use eventide::postgres::{Postgres, tokio_postgres};
use eventide::prelude::*;
use eventide::projection::{Delivery, Failure, Occurred, OnFailure, Outside};
use eventide::sqlite::{Sqlite, rusqlite};
use serde::{Deserialize, Serialize};

use crate::outside::Slow;

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, AggregateId)]
pub(crate) struct TillId(String);

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
pub(crate) struct Sold {
    pub(crate) article: String,
    pub(crate) quantity: i64,
}

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
pub(crate) struct Returned {
    pub(crate) article: String,
}

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
pub(crate) struct Counted;

#[derive(Debug, Clone, Serialize, Deserialize, Command)]
#[command(upserts)]
pub(crate) struct Sell {
    #[command(id)]
    pub(crate) till: TillId,
    pub(crate) article: String,
    pub(crate) quantity: i64,
}

#[derive(Debug, Clone, Serialize, Deserialize, Command)]
#[command(upserts)]
pub(crate) struct Return {
    #[command(id)]
    pub(crate) till: TillId,
    pub(crate) article: String,
}

#[derive(Debug, Clone, Serialize, Deserialize, Command)]
#[command(upserts)]
pub(crate) struct Count {
    #[command(id)]
    pub(crate) till: TillId,
}

#[derive(Debug, Default, Clone, Aggregate)]
#[aggregate(id = TillId, error = String, events(Sold, Returned, Counted), commands(Sell, Return, Count))]
pub(crate) struct Till;

#[handlers]
impl Till {
    fn sell(&self, command: Sell) -> Sold {
        Sold {
            article: command.article,
            quantity: command.quantity,
        }
    }
    fn return_it(&self, command: Return) -> Returned {
        Returned {
            article: command.article,
        }
    }
    fn count(&self, _: Count) -> Counted {
        Counted
    }
    fn sold(&mut self, _: &Sold) {}
    fn returned(&mut self, _: &Returned) {}
    fn counted(&mut self, _: &Counted) {}
}

/// What a handler has trouble with: an article, and how often it still has.
pub(crate) type Trouble = Arc<Mutex<Vec<(String, u32)>>>;

/// Fails for an article that is in trouble: with an error, or a panic if its name begins with `!`.
pub(crate) fn check(trouble: &Trouble, article: &str) -> Result<(), String> {
    let mut trouble = trouble
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    let found = trouble
        .iter_mut()
        .find(|(it, left)| it == article && *left > 0);
    let Some((_, left)) = found else {
        return Ok(());
    };
    *left -= 1;
    assert!(!article.starts_with('!'), "{article} is too hot");
    Err(format!("{article} is out of reach"))
}

pub(crate) const TABLES: &str =
    "CREATE TABLE stock (article text PRIMARY KEY, sold bigint NOT NULL);
    CREATE TABLE steps (number bigint PRIMARY KEY, till text NOT NULL, version bigint NOT NULL)";

const STOCK: &str = "INSERT INTO stock VALUES ($1, $2)
    ON CONFLICT (article) DO UPDATE SET sold = stock.sold + excluded.sold";

/// The numbers of steps are unique: an event that counts twice is refused.
const STEP: &str = "INSERT INTO steps VALUES ($1, $2, $3)";

fn place(recorded: &RecordedEvent) -> (i64, String, i64) {
    (
        i64::try_from(recorded.position.as_raw()).unwrap(),
        recorded.stream.aggregate_id().to_owned(),
        i64::try_from(recorded.version.get()).unwrap(),
    )
}

/// What was sold of each article, in the store's file.
#[derive(Debug, Default, Projection)]
#[projection(target = Sqlite, observes(Till), ignores(Counted), name = "stock")]
pub(crate) struct SqliteStock {
    pub(crate) trouble: Trouble,
}

#[projects]
impl SqliteStock {
    async fn sold(
        &self,
        event: &Sold,
        recorded: &RecordedEvent,
        tx: &rusqlite::Connection,
    ) -> Result<(), BoxError> {
        let (number, till, version) = place(recorded);
        tx.execute(STEP, (number, till, version))?;
        check(&self.trouble, &event.article)?;
        tx.execute(STOCK, (&event.article, event.quantity))?;
        Ok(())
    }

    fn returned(
        &self,
        event: &Returned,
        recorded: &RecordedEvent,
        tx: &rusqlite::Connection,
    ) -> rusqlite::Result<()> {
        let (number, till, version) = place(recorded);
        tx.execute(STEP, (number, till, version))?;
        tx.execute(STOCK, (&event.article, -1)).map(|_| ())
    }
}

/// The same, in tables on the server.
#[cfg(feature = "postgres")]
#[derive(Debug, Default, Projection)]
#[projection(target = Postgres, observes(Till), ignores(Counted), name = "stock-on-server")]
pub(crate) struct PostgresStock {
    pub(crate) trouble: Trouble,
}

#[cfg(feature = "postgres")]
#[projects]
impl PostgresStock {
    async fn sold(
        &self,
        event: &Sold,
        recorded: &RecordedEvent,
        tx: &tokio_postgres::Transaction<'_>,
    ) -> Result<(), BoxError> {
        let (number, till, version) = place(recorded);
        tx.execute(STEP, &[&number, &till, &version]).await?;
        check(&self.trouble, &event.article)?;
        tx.execute(STOCK, &[&event.article, &event.quantity])
            .await?;
        Ok(())
    }

    async fn returned(
        &self,
        event: &Returned,
        recorded: &RecordedEvent,
        tx: &tokio_postgres::Transaction<'_>,
    ) -> Result<(), tokio_postgres::Error> {
        let (number, till, version) = place(recorded);
        tx.execute(STEP, &[&number, &till, &version]).await?;
        tx.execute(STOCK, &[&event.article, &-1_i64]).await?;
        Ok(())
    }
}

/// What another system was told: the key, and how many sales came together.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) keys: Vec<String>,
    pub(crate) together: Vec<usize>,
}

/// Tells another system of sales, several at once, and stops if it cannot.
#[derive(Debug, Default, Clone, Projection)]
#[projection(
    target = Outside,
    observes(Till),
    ignores(Counted),
    version = 2,
    on_failure = Mailer::decide
)]
pub(crate) struct Mailer {
    pub(crate) told: Arc<Mutex<Told>>,
    pub(crate) trouble: Trouble,
    /// What was decided, by the article.
    pub(crate) stops: bool,
    pub(crate) asked: Arc<Mutex<Vec<(u32, String)>>>,
}

impl Mailer {
    fn decide(&self, failure: &Failure<'_>) -> OnFailure {
        let asked = (failure.attempts, failure.error.to_string());
        self.asked.lock().unwrap().push(asked);
        if self.stops {
            OnFailure::Stop
        } else {
            OnFailure::Park
        }
    }
}

#[projects]
impl Mailer {
    async fn sold(
        &self,
        events: &[Occurred<'_, Sold>],
        delivery: &Delivery,
    ) -> Result<(), BoxError> {
        for it in events {
            check(&self.trouble, &it.event.article)?;
        }
        tokio::task::yield_now().await;
        let mut told = self.told.lock().unwrap();
        told.together.push(events.len());
        let keys = events
            .iter()
            .map(|it| delivery.idempotency_key(it.recorded));
        told.keys.extend(keys);
        Ok(())
    }

    async fn returned(&self, _: &Returned, recorded: &RecordedEvent, delivery: &Delivery) {
        let key = delivery.idempotency_key(recorded);
        self.told.lock().unwrap().keys.push(key);
    }
}

/// Wants to append while it handles.
#[derive(Projection)]
#[projection(target = Sqlite, observes(Till), ignores(Counted, Returned))]
pub(crate) struct Appends(pub(crate) App<Shop>);

#[projects]
impl Appends {
    async fn sold(&self, _: &Sold) -> Result<(), BoxError> {
        let till = TillId::from("another".to_owned());
        self.0.execute(Count { till }).await?;
        Ok(())
    }
}

/// Goes on though a statement failed.
#[cfg(feature = "postgres")]
#[derive(Projection)]
#[projection(target = Postgres, observes(Till), ignores(Counted, Returned))]
pub(crate) struct Swallows;

#[cfg(feature = "postgres")]
#[projects]
impl Swallows {
    async fn sold(&self, _: &Sold, tx: &tokio_postgres::Transaction<'_>) {
        let missing = tx.batch_execute("INSERT INTO nowhere VALUES (1)").await;
        assert!(missing.is_err());
    }
}

#[cfg(feature = "postgres")]
#[derive(Domain)]
#[domain(
    aggregates(Till),
    projections(SqliteStock, Mailer, Appends, Slow, PostgresStock, Swallows)
)]
pub(crate) struct Shop;

#[cfg(not(feature = "postgres"))]
#[derive(Domain)]
#[domain(aggregates(Till), projections(SqliteStock, Mailer, Appends, Slow))]
pub(crate) struct Shop;

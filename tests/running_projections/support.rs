//! Databases with a projection on each.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use eventide::prelude::*;
use eventide::projection::Projector;
use eventide::read_model::{Parked, ReadModelError, ReadModelOptions, RunningReadModels};
use eventide::sqlite::rusqlite;
use eventide::store::{LogQuery, Store};
use tempfile::TempDir;

#[cfg(feature = "postgres")]
use crate::domain::PostgresStock;
use crate::domain::{Return, Sell, Shop, SqliteStock, TABLES, TillId, Trouble};

/// What was sold of each article; the versions of each till in the order they were written.
pub(crate) type Rows = (BTreeMap<String, i64>, BTreeMap<String, Vec<i64>>);

/// A store, and the projection of its stock.
#[async_trait]
pub(crate) trait Stock: Send + Sync {
    fn name(&self) -> &'static str;
    fn app(&self) -> &App<Shop>;
    fn trouble(&self) -> &Trouble;
    async fn run(&self, options: ReadModelOptions) -> Result<RunningReadModels, ReadModelError>;
    fn parked(&self) -> Parked;
    async fn wait_for(
        &self,
        receipt: &Receipt<crate::domain::Till>,
    ) -> eventide::read_model::Waited;
    async fn rows(&self) -> Rows;
}

struct InFile {
    app: App<Shop>,
    projector: Projector<SqliteStock, ()>,
    folder: TempDir,
}

/// The versions, in the order of their numbers, of each till.
fn by_till(steps: Vec<(String, i64)>) -> BTreeMap<String, Vec<i64>> {
    let mut by_till = BTreeMap::<String, Vec<i64>>::new();
    for (till, version) in steps {
        by_till.entry(till).or_default().push(version);
    }
    by_till
}

#[async_trait]
impl Stock for InFile {
    fn name(&self) -> &'static str {
        "sqlite"
    }

    fn app(&self) -> &App<Shop> {
        &self.app
    }

    fn trouble(&self) -> &Trouble {
        &self.projector.projection().trouble
    }

    async fn run(&self, options: ReadModelOptions) -> Result<RunningReadModels, ReadModelError> {
        self.projector.run(options).await
    }

    fn parked(&self) -> Parked {
        self.projector.parked()
    }

    async fn wait_for(
        &self,
        receipt: &Receipt<crate::domain::Till>,
    ) -> eventide::read_model::Waited {
        let at_most = Duration::from_mins(1);
        let waited = self.app.wait_for::<SqliteStock, _>(receipt, at_most);
        waited.await.unwrap()
    }

    async fn rows(&self) -> Rows {
        let conn = rusqlite::Connection::open(self.folder.path().join("shop.db")).unwrap();
        let mut stock = conn.prepare("SELECT article, sold FROM stock").unwrap();
        let stock = stock.query_map([], |row| Ok((row.get(0)?, row.get(1)?)));
        let stock = stock.unwrap().collect::<Result<_, _>>().unwrap();
        let mut steps = conn
            .prepare("SELECT till, version FROM steps ORDER BY rowid")
            .unwrap();
        let steps = steps.query_map([], |row| Ok((row.get(0)?, row.get(1)?)));
        let steps = steps.unwrap().collect::<Result<_, _>>().unwrap();
        (stock, by_till(steps))
    }
}

pub(crate) async fn in_file() -> (SqliteStore, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop.db");
    let store = SqliteStore::open(&path).await.unwrap();
    let conn = rusqlite::Connection::open(&path).unwrap();
    conn.busy_timeout(Duration::from_mins(1)).unwrap();
    conn.execute_batch(TABLES).unwrap();
    (store, folder)
}

#[cfg(feature = "postgres")]
struct OnServer {
    app: App<Shop>,
    projector: Projector<PostgresStock, ()>,
    store: PostgresStore,
}

#[cfg(feature = "postgres")]
#[async_trait]
impl Stock for OnServer {
    fn name(&self) -> &'static str {
        "postgres"
    }

    fn app(&self) -> &App<Shop> {
        &self.app
    }

    fn trouble(&self) -> &Trouble {
        &self.projector.projection().trouble
    }

    async fn run(&self, options: ReadModelOptions) -> Result<RunningReadModels, ReadModelError> {
        self.projector.run(options).await
    }

    fn parked(&self) -> Parked {
        self.projector.parked()
    }

    async fn wait_for(
        &self,
        receipt: &Receipt<crate::domain::Till>,
    ) -> eventide::read_model::Waited {
        let at_most = Duration::from_mins(1);
        let waited = self.app.wait_for::<PostgresStock, _>(receipt, at_most);
        waited.await.unwrap()
    }

    async fn rows(&self) -> Rows {
        let client = self.store.connection().await.unwrap();
        let stock = client.query("SELECT article, sold FROM stock", &[]).await;
        let stock = stock.unwrap();
        let stock = stock.iter().map(|row| (row.get(0), row.get(1)));
        // A row's `xmin` is no order; `ctid` is that of insertion into a table nothing leaves.
        let steps = "SELECT till, version FROM steps ORDER BY ctid";
        let steps = client.query(steps, &[]).await.unwrap();
        let steps = steps.iter().map(|row| (row.get(0), row.get(1)));
        (stock.collect(), by_till(steps.collect()))
    }
}

/// A store in a database of its own, with the tables.
#[cfg(feature = "postgres")]
pub(crate) async fn on_server() -> PostgresStore {
    let store = crate::server::on_server().await;
    let client = store.connection().await.unwrap();
    client.batch_execute(TABLES).await.unwrap();
    store
}

pub(crate) async fn stocks() -> Vec<Box<dyn Stock>> {
    let (store, folder) = in_file().await;
    let app = App::new(store.clone());
    let projector = app.projection(store, SqliteStock::default());
    let in_file = InFile {
        app,
        projector,
        folder,
    };
    let stocks: Vec<Box<dyn Stock>> = vec![
        Box::new(in_file),
        #[cfg(feature = "postgres")]
        Box::new({
            let store = on_server().await;
            let app = App::new(store.clone());
            let projector = app.projection(store.clone(), PostgresStock::default());
            OnServer {
                app,
                projector,
                store,
            }
        }),
    ];
    stocks
}

pub(crate) fn options() -> ReadModelOptions {
    ReadModelOptions::default().lease(Duration::from_millis(300))
}

pub(crate) fn till(number: u32) -> TillId {
    TillId::from(format!("till-{number}"))
}

/// Sells at each till in turn, and takes something back at times.
pub(crate) async fn sell(app: &App<Shop>, tills: u32, rounds: i64) {
    for quantity in 1..=rounds {
        for number in 0..tills {
            let article = format!("article-{}", (i64::from(number) + quantity) % 5);
            let till = till(number);
            if quantity % 4 == 0 {
                app.execute(Return { till, article }).await.unwrap();
            } else {
                let sell = Sell {
                    till,
                    article,
                    quantity,
                };
                app.execute(sell).await.unwrap();
            }
        }
    }
}

/// Sells one piece of that article.
pub(crate) async fn sell_one(
    app: &App<Shop>,
    number: u32,
    article: &str,
) -> Receipt<crate::domain::Till> {
    let sell = Sell {
        till: till(number),
        article: article.to_owned(),
        quantity: 1,
    };
    app.execute(sell).await.unwrap()
}

/// What the tables must hold, by the log itself.
pub(crate) async fn expected(store: &Arc<dyn Store>) -> Rows {
    let (mut stock, mut steps) = (BTreeMap::new(), Vec::new());
    let mut query = LogQuery::default();
    loop {
        let page = store.read_log(query.clone()).await.unwrap();
        for event in &page.events {
            if &*event.event_type == "Counted" {
                continue;
            }
            let json: serde_json::Value = serde_json::from_slice(&event.payload).unwrap();
            let article = json["article"].as_str().unwrap().to_owned();
            *stock.entry(article).or_default() += json["quantity"].as_i64().unwrap_or(-1);
            let version = i64::try_from(event.version.get()).unwrap();
            steps.push((event.stream.aggregate_id().to_owned(), version));
        }
        query.from = Some(page.next);
        if !page.more {
            return (stock, by_till(steps));
        }
    }
}

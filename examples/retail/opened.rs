//! The store as what it is, a file or a server: a projection writes in the transactions of that one.

use std::sync::Arc;

use anyhow::Context;
use eventide::prelude::*;
use eventide::projection::Projector;
use eventide::read_model::{Parked, ReadModelError, ReadModelOptions, RunningReadModels};
use eventide::store::{Store, StoreError};

#[cfg(feature = "postgres")]
use crate::domain::best_sellers::BestSellersOnServer;
use crate::domain::best_sellers::{Asked, BestSeller, BestSellersInFile, By};
use crate::domain::{PriceList, Retail};

/// The store at an address.
#[derive(Debug, Clone)]
pub enum Opened {
    InFile(SqliteStore),
    #[cfg(feature = "postgres")]
    OnServer(PostgresStore),
}

/// The projection of the best sellers on that store.
#[derive(Debug)]
pub enum BestSellers {
    InFile(Projector<BestSellersInFile, PriceList>),
    #[cfg(feature = "postgres")]
    OnServer(Projector<BestSellersOnServer, PriceList>),
}

/// Does `$then` with what is in `$it`, whichever it is.
macro_rules! either {
    ($ty:ident, $it:expr, $inner:ident => $then:expr) => {
        match $it {
            $ty::InFile($inner) => $then,
            #[cfg(feature = "postgres")]
            $ty::OnServer($inner) => $then,
        }
    };
}

impl Opened {
    /// Opens the store at `address`, as [`eventide::open`] does.
    pub async fn open(address: &str, writes: bool) -> anyhow::Result<Self> {
        let scheme = address.split_once("://").map(|(scheme, _)| scheme);
        let opened = if matches!(scheme, Some("postgres" | "postgresql")) {
            on_server(address, writes).await
        } else if writes {
            SqliteStore::open(address).await.map(Self::InFile)
        } else {
            SqliteStore::open_read_only(address).await.map(Self::InFile)
        };
        opened.context("the store")
    }

    /// As what most of the program knows it.
    pub fn store(&self) -> Arc<dyn Store> {
        either!(Opened, self, store => Arc::new(store.clone()))
    }

    /// The best sellers on this store. Makes their tables, if they are not there.
    pub async fn best_sellers(&self, app: &App<Retail>) -> anyhow::Result<BestSellers> {
        match self {
            Self::InFile(store) => {
                let opened = BestSellersInFile::open(store).await;
                let best_sellers = opened.context("the tables of the best sellers")?;
                let projector = app.projection(store.clone(), best_sellers);
                Ok(BestSellers::InFile(projector))
            }
            #[cfg(feature = "postgres")]
            Self::OnServer(store) => {
                let opened = BestSellersOnServer::open(store).await;
                let best_sellers = opened.context("the tables of the best sellers")?;
                let projector = app.projection(store.clone(), best_sellers);
                Ok(BestSellers::OnServer(projector))
            }
        }
    }
}

#[cfg(feature = "postgres")]
async fn on_server(address: &str, writes: bool) -> Result<Opened, StoreError> {
    Ok(Opened::OnServer(if writes {
        PostgresStore::open(address).await?
    } else {
        PostgresStore::open_read_only(address).await?
    }))
}

#[cfg(not(feature = "postgres"))]
#[expect(clippy::unused_async, reason = "as it is with the feature")]
async fn on_server(_: &str, _: bool) -> Result<Opened, StoreError> {
    let why = "cannot open a store on PostgreSQL: build with `--features postgres`";
    Err(StoreError::new(eventide::store::StoreErrorKind::Other, why))
}

impl BestSellers {
    /// The projection's name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::InFile(_) => BestSellersInFile::INFO.name,
            #[cfg(feature = "postgres")]
            Self::OnServer(_) => BestSellersOnServer::INFO.name,
        }
    }

    /// Keeps it up to date from now on.
    pub async fn run(&self) -> Result<RunningReadModels, ReadModelError> {
        let options = ReadModelOptions::default();
        either!(BestSellers, self, projector => projector.run(options).await)
    }

    /// The orders it could not handle.
    pub fn parked(&self) -> Parked {
        either!(BestSellers, self, projector => projector.parked())
    }

    /// The best of what it has written so far.
    pub async fn best(&self, by: By, asked: &Asked) -> anyhow::Result<Vec<BestSeller>> {
        either!(BestSellers, self, projector => projector.projection().best(by, asked).await)
    }
}

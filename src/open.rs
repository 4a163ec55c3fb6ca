//! A store by its address, so that another one is a matter of configuration.

use std::sync::Arc;

use eventide_core::store::transfer::TransferStore;
use eventide_core::store::{Store, StoreError};

/// Opens the store at `address`: `postgres://user@host/database` is one on PostgreSQL (feature
/// `postgres`), anything else the path of an SQLite file (feature `sqlite`), which is created if it
/// is missing. The tables on PostgreSQL are not, unless the address ends in `?migrate=on-open`.
///
/// ```
/// # async fn doc(folder: &std::path::Path) -> Result<(), eventide::BoxError> {
/// let address = std::env::var("SHOP_STORE").unwrap_or("shop.db".to_owned());
/// # let address = folder.join(address).display().to_string();
/// let store = eventide::open(&address).await?;
/// println!("the log ends at {}", store.head().await?);
/// store.close().await?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// As for the store's own `open`; of kind [`Other`](crate::store::StoreErrorKind::Other) if the
/// feature for such an address is not enabled.
pub async fn open(address: &str) -> Result<Arc<dyn Store>, StoreError> {
    Ok(pick(address, false).await?)
}

/// Opens the store at `address` for reading only: appends are refused, and nothing is created.
///
/// # Errors
/// As for [`open`].
pub async fn open_read_only(address: &str) -> Result<Arc<dyn Store>, StoreError> {
    Ok(pick(address, true).await?)
}

/// Opens the store at `address` as one that a log can be copied [from](crate::store::transfer) and
/// to.
///
/// # Errors
/// As for [`open`].
pub async fn open_for_transfer(address: &str) -> Result<Arc<dyn TransferStore>, StoreError> {
    pick(address, false).await
}

async fn pick(address: &str, read_only: bool) -> Result<Arc<dyn TransferStore>, StoreError> {
    let scheme = address.split_once("://").map(|(scheme, _)| scheme);
    if matches!(scheme, Some("postgres" | "postgresql")) {
        on_postgres(address, read_only).await
    } else {
        in_a_file(address, read_only).await
    }
}

#[cfg(feature = "postgres")]
async fn on_postgres(address: &str, read_only: bool) -> Result<Arc<dyn TransferStore>, StoreError> {
    use crate::postgres::PostgresStore;
    Ok(Arc::new(if read_only {
        PostgresStore::open_read_only(address).await?
    } else {
        PostgresStore::open(address).await?
    }))
}

#[cfg(not(feature = "postgres"))]
#[expect(clippy::unused_async, reason = "as it is with the feature")]
async fn on_postgres(_: &str, _: bool) -> Result<Arc<dyn TransferStore>, StoreError> {
    Err(disabled("a store on PostgreSQL", "postgres"))
}

#[cfg(feature = "sqlite")]
async fn in_a_file(address: &str, read_only: bool) -> Result<Arc<dyn TransferStore>, StoreError> {
    use crate::sqlite::SqliteStore;
    Ok(Arc::new(if read_only {
        SqliteStore::open_read_only(address).await?
    } else {
        SqliteStore::open(address).await?
    }))
}

#[cfg(not(feature = "sqlite"))]
#[expect(clippy::unused_async, reason = "as it is with the feature")]
async fn in_a_file(_: &str, _: bool) -> Result<Arc<dyn TransferStore>, StoreError> {
    Err(disabled("a store in a file", "sqlite"))
}

/// Does not repeat the address: it may hold a password.
#[cfg(not(all(feature = "postgres", feature = "sqlite")))]
fn disabled(what: &str, feature: &str) -> StoreError {
    let why = format!("cannot open {what}: enable the feature `{feature}` of eventide");
    StoreError::new(crate::store::StoreErrorKind::Other, why)
}

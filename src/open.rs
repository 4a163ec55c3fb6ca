//! A store by its address, so that another one is a matter of configuration.

use std::sync::Arc;

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
/// As for the store's own `open`; of kind [`Other`](crate::store::StoreErrorKind::Other) if the feature for such
/// an address is not enabled.
pub async fn open(address: &str) -> Result<Arc<dyn Store>, StoreError> {
    if is_postgres(address) {
        #[cfg(feature = "postgres")]
        return Ok(Arc::new(
            crate::postgres::PostgresStore::open(address).await?,
        ));
        #[cfg(not(feature = "postgres"))]
        return Err(disabled(address, "postgres"));
    }
    #[cfg(feature = "sqlite")]
    return Ok(Arc::new(crate::sqlite::SqliteStore::open(address).await?));
    #[cfg(not(feature = "sqlite"))]
    Err(disabled(address, "sqlite"))
}

/// Opens the store at `address` for reading only: appends are refused, and nothing is created.
///
/// # Errors
/// As for [`open`].
pub async fn open_read_only(address: &str) -> Result<Arc<dyn Store>, StoreError> {
    if is_postgres(address) {
        #[cfg(feature = "postgres")]
        return Ok(Arc::new(
            crate::postgres::PostgresStore::open_read_only(address).await?,
        ));
        #[cfg(not(feature = "postgres"))]
        return Err(disabled(address, "postgres"));
    }
    #[cfg(feature = "sqlite")]
    return Ok(Arc::new(
        crate::sqlite::SqliteStore::open_read_only(address).await?,
    ));
    #[cfg(not(feature = "sqlite"))]
    Err(disabled(address, "sqlite"))
}

fn is_postgres(address: &str) -> bool {
    address.starts_with("postgres://") || address.starts_with("postgresql://")
}

#[cfg(not(all(feature = "postgres", feature = "sqlite")))]
fn disabled(address: &str, feature: &str) -> StoreError {
    // An address may hold a password.
    let scheme = address
        .split_once("://")
        .map_or("a file", |(scheme, _)| scheme);
    let why = format!("cannot open {scheme}: enable the feature `{feature}` of eventide");
    StoreError::new(crate::store::StoreErrorKind::Other, why)
}

//! Catching up in a process of its own.

use tokio::runtime::Runtime;

use super::ours::Ours;
use crate::support::alone;

/// If this is such a process: does it.
pub(crate) fn is_catching_up_alone() -> bool {
    let Some(url) = alone::asked() else {
        return false;
    };
    Runtime::new().unwrap().block_on(async {
        let ours = Ours::open(&url, 1).await;
        ours.reset().await;
        ours.catch_up().await;
        ours.close().await;
    });
    alone::tell();
    true
}

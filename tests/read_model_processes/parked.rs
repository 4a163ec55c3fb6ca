//! Looking after what is parked.

use eventide::domain::Lists;
use eventide::prelude::*;
use eventide::read_model::{ReadModelError, Retried};

use crate::appends::DEAD;
use crate::domain::Shop;
use crate::judge::Trailed;

/// Tries all that is parked again, and drops what is sick for good. How many keys were parked.
pub(crate) async fn look_after<V: Trailed>(app: &App<Shop>) -> Result<usize, ReadModelError>
where
    Shop: Lists<V>,
{
    let parked = app.parked::<V>();
    let keys = parked.keys(None, 1_000).await?;
    for key in &keys {
        while let Retried::StillParked { at, error, .. } = parked.retry(&key.key).await? {
            let is_dead = [DEAD, DEAD + 1].map(|amount| error.contains(&amount.to_string()));
            if !is_dead.contains(&true) {
                break;
            }
            let dropped = parked.drop_first(&key.key, "it is sick for good", "test");
            let dropped = dropped.await?;
            assert_eq!(dropped.map(|letter| letter.id.position), Some(at));
        }
    }
    Ok(keys.len())
}

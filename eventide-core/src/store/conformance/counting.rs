//! Appends wait for each other's steps.

use std::sync::Arc;

use super::along::{Desk, count_of, counted, counts, does, refused};
use super::reading::log;
use super::samples::{events, part, put, stream};
use super::steps;
use super::subscribing::kept;
use super::trial::{Trial, together};
use super::unmet::{Met, Unmet, same};
use super::with_appends::is_refused;
use crate::store::{AppendRequest, ExpectedVersion, Store};
use crate::subscription::SubscriptionName;

/// How many append at once, and how often.
const AT_ONCE: usize = 18;
const TIMES: usize = 4;

pub(super) async fn steps_of_concurrent_appends_lose_no_update(trial: &Trial<'_>) -> Met {
    let desk = Desk::open(trial).await?;
    let stores = [desk.store.clone()];
    count_at_once(&desk, &stores).await
}

pub(super) async fn steps_of_stores_on_one_storage_lose_no_update(trial: &Trial<'_>) -> Met {
    let desk = Desk::open(trial).await?;
    let stores = [desk.store.clone(), trial.open_beside().await?];
    count_at_once(&desk, &stores).await
}

async fn count_at_once(desk: &Desk, stores: &[Arc<dyn Store>]) -> Met {
    // One after another, in turns, so that each store is behind the other now and then.
    for (n, store) in stores.iter().cycle().take(4).enumerate() {
        append(store, &desk.name, 3 * n).await?;
    }
    let tasks = stores.iter().cycle().take(AT_ONCE).enumerate();
    let tasks = tasks.map(|(n, store)| {
        let (store, name) = (store.clone(), desk.name.clone());
        async move {
            for _ in 0..TIMES {
                append(&store, &name, n).await?;
            }
            Ok::<_, Unmet>(())
        }
    });
    together(tasks)
        .await?
        .into_iter()
        .collect::<Result<(), Unmet>>()?;
    let counting = 4 + AT_ONCE / 3 * TIMES;
    let count = usize::try_from(count_of(desk.kept()?).await?)?;
    same("what the steps counted", count, counting)?;
    let plain = AT_ONCE / 3 * TIMES;
    let there = log(&desk.store).await?.len();
    same("events in the log", there, 2 * counting + plain)
}

/// The one counts, the second is refused after it has, and the third does nothing along.
async fn append(store: &Arc<dyn Store>, name: &SubscriptionName, n: usize) -> Met {
    kept(store)?;
    let shared = stream("shared")?;
    let request = AppendRequest::to(part(&shared, ExpectedVersion::Any, events(2)));
    match n % 3 {
        0 => {
            store.append_with(request, counts(name)).await?;
        }
        1 => {
            let (of, clashes) = (name.clone(), n.is_multiple_of(2));
            let step = does(move |within, appending| {
                let name = of.clone();
                async move {
                    let mut advances = counted(within, name, appending).await?;
                    if !clashes {
                        return Err(refused("not this one"));
                    }
                    // The code of `x` is 1.
                    for advance in &mut advances {
                        advance.documents.push(steps::put("clash", 1, 7));
                    }
                    Ok(advances)
                }
            });
            let answer = store.append_with(request, step).await;
            is_refused("a step that refuses", answer, &steps::table().name, &[])?;
        }
        _ => {
            put(store, &stream(&format!("own-{n}"))?, events(1)).await?;
        }
    }
    Ok(())
}

//! Whoever lost what a generation was chosen by chooses nothing.

use super::subscribing::{MOMENT, Patience, is_lost, kept, opened, owners, parts, taken, worker};
use super::trial::{Trial, together};
use super::unmet::{Met, Unmet, ensure, same};
use crate::subscription::{Lease, LeaseError};

const VIEW: &str = "country-sales";

pub(super) async fn a_generation_is_chosen_while_the_leases_are_held(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let kept = kept(&store)?;
    let (name, beside) = (
        opened(kept, "sales", 2).await?,
        opened(kept, "stock", 1).await?,
    );
    let stock = taken(kept, &beside, 0).await?.lease;
    let first = taken(kept, &name, 0).await?.lease;
    let second = taken(kept, &name, 1).await?.lease;
    let all = [stock.clone(), first.clone(), second.clone()];
    kept.serve(VIEW, 1, 2, &all).await?;
    same("chosen by all", kept.serving(VIEW, 1).await?, 2)?;

    // Wherever the lost one stands among them.
    let refused = async |what: &str, held: [&Lease; 3], lost: &Lease| {
        let held = held.map(Lease::clone);
        is_lost("choosing", kept.serve(VIEW, 1, 3, &held).await, lost)?;
        let serving = kept.serving(VIEW, 1).await?;
        same(format!("what serves after {what}"), serving, 2)
    };
    let what = "a take-over";
    let new_stock = taken(kept, &beside, 0).await?.lease;
    refused(what, [&stock, &first, &second], &stock).await?;
    let new_first = taken(kept, &name, 0).await?.lease;
    refused(what, [&new_stock, &first, &second], &first).await?;
    let new_second = taken(kept, &name, 1).await?.lease;
    let held = [&new_stock, &new_first, &second];
    refused(what, held, &second).await?;

    kept.release(&new_second).await?;
    let held = [&new_stock, &new_first, &new_second];
    refused("a release", held, &new_second).await?;
    kept.divide(&name, parts(5)?).await?;
    refused("a division", held, &new_first).await?;
    kept.forget_subscription(&beside).await?;
    refused("forgetting a subscription", held, &new_stock).await?;

    // One that ran out counts until somebody takes it, as it does for a step.
    let brief = kept.take_over(&name, 0, &worker(), MOMENT).await?;
    let brief = brief.ok_or_else(|| Unmet::violated("a free partition cannot be taken"))?;
    let patience = Patience::new();
    while owners(kept, &name).await?.iter().any(Option::is_some) {
        patience.wait(trial, "a lease to run out").await?;
    }
    kept.serve(VIEW, 1, 3, &[brief.lease]).await?;
    let serving = kept.serving(VIEW, 1).await?;
    same("chosen by one that ran out", serving, 3)
}

/// What comes of one of two who race.
enum Raced {
    /// Whether a generation was chosen.
    Chose(bool),
    /// What served once the lease was taken.
    Found(u32),
}

pub(super) async fn whoever_takes_a_lease_finds_what_was_chosen_by_it(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let name = opened(kept(&store)?, "sales", 1).await?;
    let mut serving = 1;
    for generation in 2..30 {
        let lease = taken(kept(&store)?, &name, 0).await?.lease;
        // Each begins first in turn.
        let first = generation % 2 == 0;
        let racers = [first, !first].map(|chooses| {
            let (store, name, lease) = (store.clone(), name.clone(), lease.clone());
            async move {
                let kept = kept(&store)?;
                if chooses {
                    return match kept.serve(VIEW, 1, generation, &[lease]).await {
                        Ok(()) => Ok(Raced::Chose(true)),
                        Err(LeaseError::Lost { .. }) => Ok(Raced::Chose(false)),
                        Err(error) => Err(Unmet::from(error)),
                    };
                }
                taken(kept, &name, 0).await?;
                Ok(Raced::Found(kept.serving(VIEW, 1).await?))
            }
        });
        let raced: Result<Vec<_>, Unmet> = together(racers).await?.into_iter().collect();
        let (mut chose, mut found) = (false, serving);
        for raced in raced? {
            match raced {
                Raced::Chose(it) => chose = it,
                Raced::Found(it) => found = it,
            }
        }
        if chose {
            serving = generation;
        }
        ensure(found == serving, || {
            format!("generation {found} was found, and {serving} chosen before the lease was taken")
        })?;
        let now = kept(&store)?.serving(VIEW, 1).await?;
        same("generation that serves", now, serving)?;
    }
    Ok(())
}

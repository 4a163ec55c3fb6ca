//! A subscription is made once, and found from then on.

use super::subscribing::{HOUR, are_at, claimed, kept, mark, named, opened, parts, step, worker};
use super::trial::{Trial, together};
use super::unmet::{Met, Unmet, ensure, same};
use crate::store::NewSubscription;
use crate::subscription::{SubscriptionName, Token};

pub(super) async fn a_subscription_begins_as_asked(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let kept = kept(&store)?;
    let asked = [(1, 0, 0), (3, 5, 7), (256, 1 << 40, u64::MAX)];
    for (n, (count, begin, fingerprint)) in asked.into_iter().enumerate() {
        let name = named(&format!("sales-{n}"))?;
        let mut new = NewSubscription::new(name.clone(), mark(begin));
        new.count = parts(count)?;
        new.fingerprint = fingerprint;
        let status = kept.open_subscription(&new).await?;
        same("name", &status.name, &name)?;
        same("count", status.count, new.count)?;
        same("fingerprint", status.fingerprint, fingerprint)?;
        same("parked", (status.parked_keys, status.letters), (0, 0))?;
        let ranges = new.count.ranges();
        same("partitions", status.partitions.len(), ranges.len())?;
        for ((number, range), of) in (0..).zip(ranges).zip(&status.partitions) {
            same("number of a partition", of.partition, number)?;
            same("owner of a new partition", of.owner.as_ref(), None)?;
            same("token of a new partition", of.token, Token::from_raw(0))?;
            let slices: Vec<_> = of.checkpoints.iter().map(|it| it.slices).collect();
            same("ranges of a new partition", slices, vec![range])?;
            are_at("where a new partition is", &of.checkpoints, begin)?;
        }
        same("status", kept.subscription(&name).await?, Some(status))?;
    }
    Ok(())
}

pub(super) async fn opening_again_finds_a_subscription_as_it_is(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let kept = kept(&store)?;
    let name = opened(kept, "sales", 2).await?;
    let lease = claimed(kept, &name).await?.lease;
    kept.advance(&step(&lease, 4)).await?;
    let before = kept.subscription(&name).await?;
    let mut other = NewSubscription::new(name.clone(), mark(9));
    other.count = parts(5)?;
    other.fingerprint = 12;
    let found = kept.open_subscription(&other).await?;
    same("what was found", Some(found), before.clone())?;
    same("status", kept.subscription(&name).await?, before)?;
    kept.advance(&step(&lease, 5)).await?;
    Ok(())
}

pub(super) async fn of_racing_openings_one_counts(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    kept(&store)?;
    for round in 0..6 {
        let name = named(&format!("sales-{round}"))?;
        let mut attempts = Vec::new();
        for count in 1..=6 {
            let mut new = NewSubscription::new(name.clone(), mark(u64::from(count)));
            new.count = parts(count)?;
            let store = store.clone();
            attempts.push(async move { Ok(kept(&store)?.open_subscription(&new).await?) });
        }
        let answers: Result<Vec<_>, Unmet> = together(attempts).await?.into_iter().collect();
        let status = kept(&store)?.subscription(&name).await?;
        for answer in answers? {
            let place = u64::from(answer.count.get());
            let partitions = answer.partitions.len();
            same("partitions", partitions, usize::from(answer.count.get()))?;
            for of in &answer.partitions {
                are_at("where it begins", &of.checkpoints, place)?;
            }
            same("what was found", Some(answer), status.clone())?;
        }
    }
    Ok(())
}

pub(super) async fn subscriptions_are_listed_by_their_names(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let kept = kept(&store)?;
    same(
        "subscriptions at first",
        kept.subscription_names().await?,
        vec![],
    )?;
    let longest = "z".repeat(SubscriptionName::MAX_BYTES);
    let names = ["b", "a_b", "a-c", "a.b", "ab", "a-b", "a", "a0", &longest];
    let mut expected = Vec::new();
    for name in names {
        let unknown = kept.subscription(&named(name)?).await?;
        same("a subscription that was not opened", unknown, None)?;
        expected.push(opened(kept, name, 1).await?);
    }
    expected.sort();
    same("subscriptions", kept.subscription_names().await?, expected)
}

pub(super) async fn a_fingerprint_stays_until_another_is_accepted(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let kept = kept(&store)?;
    let (name, other) = (opened(kept, "sales", 2).await?, named("stock")?);
    opened(kept, "stock", 1).await?;
    let mut before = kept.subscription(&name).await?;
    for fingerprint in [1, u64::MAX, 1 << 63, 0] {
        kept.set_fingerprint(&name, fingerprint).await?;
        if let Some(before) = &mut before {
            before.fingerprint = fingerprint;
        }
        same("status", kept.subscription(&name).await?, before.clone())?;
    }
    kept.set_fingerprint(&name, 3).await?;
    let of_other = kept.subscription(&other).await?.map(|it| it.fingerprint);
    same("fingerprint of another subscription", of_other, Some(0))
}

pub(super) async fn a_subscription_that_was_not_opened_is_refused(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let kept = kept(&store)?;
    opened(kept, "sales", 2).await?;
    let name = named("stock")?;
    let refused = [
        ("a claim", kept.claim(&name, &worker(), HOUR).await.is_err()),
        (
            "a take-over",
            kept.take_over(&name, 0, &worker(), HOUR).await.is_err(),
        ),
        ("a division", kept.divide(&name, parts(3)?).await.is_err()),
    ];
    for (what, refused) in refused {
        ensure(refused, || {
            format!("{what} of a subscription that is not there went through")
        })?;
    }
    same("its status", kept.subscription(&name).await?, None)
}

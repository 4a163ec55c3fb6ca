//! Which key the events of a stream belong to.

use super::samples::stream;
use super::subscribing::{claimed, kept, opened};
use super::trial::Trial;
use super::unmet::{Met, Unmet, same};
use crate::store::{Advance, SubscriptionStore};
use crate::stream::StreamId;
use crate::subscription::{Lease, SubscriptionName};

pub(super) async fn a_route_never_changes_once_remembered(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let kept = kept(&store)?;
    let name = opened(kept, "sales", 2).await?;
    let leases = [
        claimed(kept, &name).await?.lease,
        claimed(kept, &name).await?.lease,
    ];
    let [a, b, c] = [stream("a")?, stream("b")?, stream("c")?];
    let [first, second] = &leases;
    remember(kept, first, &[(&a, "UK")]).await?;
    remember(kept, first, &[(&a, "FR"), (&b, "DE")]).await?;
    remember(kept, second, &[(&b, "ES"), (&a, ""), (&c, "")]).await?;
    remember(kept, second, &[(&c, "IT")]).await?;
    let known = [(&a, Some("UK")), (&b, Some("DE")), (&c, Some(""))];
    leads(kept, &name, &known).await
}

pub(super) async fn routes_are_given_in_the_order_asked(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let kept = kept(&store)?;
    let name = opened(kept, "sales", 1).await?;
    let other = opened(kept, "stock", 1).await?;
    let lease = claimed(kept, &name).await?.lease;
    let longest = "é".repeat(StreamId::MAX_PART_BYTES / 2);
    let long = "🚚".repeat(256);
    let addresses = [
        ("Order", "a", Some("a\"b'c\\d;--\n é")),
        ("Order", "A", None),
        ("a/b", "c", Some("c")),
        ("a", "b/c", Some("")),
        (&longest, &longest, Some(long.as_str())),
        ("Order", "a ", None),
    ];
    let of_other = claimed(kept, &other).await?.lease;
    let mut known = Vec::new();
    for (kind, id, key) in addresses {
        let stream = StreamId::new(kind, id)?;
        if let Some(key) = key {
            remember(kept, &lease, &[(&stream, key)]).await?;
        } else {
            remember(kept, &of_other, &[(&stream, "other")]).await?;
        }
        known.push((stream, key));
    }
    for order in [&[0, 1, 2, 3, 4, 5][..], &[4, 1, 4, 0, 5], &[], &[3]] {
        let asked = order.iter().filter_map(|at: &usize| known.get(*at));
        let asked: Vec<_> = asked.map(|(stream, key)| (stream, *key)).collect();
        leads(kept, &name, &asked).await?;
    }
    let many = (0..20_000).map(|n| StreamId::new("Order", format!("{n}")));
    let mut many = many.collect::<Result<Vec<_>, _>>()?;
    many.extend(known.iter().map(|(stream, _)| stream.clone()));
    let found = kept.routes(&name, &many).await?;
    let some = found.iter().flatten().count();
    same("routes of thousands", (found.len(), some), (20_006, 4))
}

async fn remember(
    kept: &dyn SubscriptionStore,
    lease: &Lease,
    routes: &[(&StreamId, &str)],
) -> Met {
    let mut advance = Advance::new(lease.clone(), None);
    let routes = routes.iter();
    advance.routes = routes
        .map(|(stream, key)| ((*stream).clone(), (*key).to_owned()))
        .collect();
    Ok(kept.advance(&advance).await?)
}

async fn leads(
    kept: &dyn SubscriptionStore,
    name: &SubscriptionName,
    known: &[(&StreamId, Option<&str>)],
) -> Result<(), Unmet> {
    let streams: Vec<_> = known.iter().map(|(stream, _)| (*stream).clone()).collect();
    let found = kept.routes(name, &streams).await?;
    let expected = known.iter().map(|(_, key)| key.map(str::to_owned));
    same("routes", found, expected.collect())
}

//! How far a partition has come.

use uuid::Uuid;

use super::subscribing::{
    HOUR, Patience, are_at, claimed, kept, mark, moved, named, opened, parts, places, status, step,
    taken,
};
use super::trial::Trial;
use super::unmet::{Met, ensure, same};
use crate::ids::{EventId, LogId, Position};
use crate::store::{Advance, LogMark, NewSubscription};
use crate::subscription::Slices;

pub(super) async fn checkpoints_only_move_forward(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let kept = kept(&store)?;
    let name = opened(kept, "sales", 2).await?;
    let lease = taken(kept, &name, 1).await?.lease;
    let steps = [
        (Some(10), 10),
        (Some(5), 10),
        (None, 10),
        (Some(11), 11),
        (Some(0), 11),
        (Some(1 << 40), 1 << 40),
        (Some(12), 1 << 40),
    ];
    for (to, place) in steps {
        kept.advance(&Advance::new(lease.clone(), to.map(mark)))
            .await?;
        let told = kept.renew(&lease, HOUR).await?;
        are_at(format!("after a step to {to:?}"), &told, place)?;
        for of in status(kept, &name).await?.partitions {
            let place = if of.partition == 1 { place } else { 0 };
            let what = format!("partition {} after a step to {to:?}", of.partition);
            are_at(what, &of.checkpoints, place)?;
        }
    }
    Ok(())
}

pub(super) async fn each_range_of_a_partition_moves_forward_only(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let kept = kept(&store)?;
    let name = opened(kept, "sales", 3).await?;
    moved(kept, &name, &[30, 10, 20]).await?;
    let mut expected = Vec::new();
    for (range, place) in parts(3)?.ranges().into_iter().zip([30, 10, 20]) {
        let slices = range.first().get()..=range.last().get();
        expected.extend(slices.map(|slice| (slice, mark(place))));
    }
    kept.divide(&name, parts(1)?).await?;
    let claimed = claimed(kept, &name).await?;
    for to in [5, 15, 25, 12, 30, 40] {
        kept.advance(&step(&claimed.lease, to)).await?;
        for (_, at) in &mut expected {
            if at.position() < Position::from_raw(to) {
                *at = mark(to);
            }
        }
        let told = kept.renew(&claimed.lease, HOUR).await?;
        let what = format!("where the slices are after a step to {to}");
        same(what, places(&told)?, expected.clone())?;
    }
    Ok(())
}

pub(super) async fn a_mark_is_kept_whole(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let kept = kept(&store)?;
    let marks = [
        LogMark::new(store.log_id().await?, Position::START, None),
        LogMark::new(LogId::from_uuid(Uuid::max()), Position::from_raw(1), None),
        LogMark::new(
            LogId::from_uuid(Uuid::nil()),
            Position::from_raw(1 << 62),
            Some(EventId::from_uuid(Uuid::from_u64_pair(u64::MAX, 1))),
        ),
    ];
    for (n, begin) in marks.into_iter().enumerate() {
        let name = named(&format!("sales-{n}"))?;
        kept.open_subscription(&NewSubscription::new(name.clone(), begin))
            .await?;
        let claimed = claimed(kept, &name).await?;
        let told = claimed.checkpoints.iter().map(|it| it.mark);
        same("mark it begins after", told.collect(), vec![begin])?;
        for to in marks.into_iter().skip(n + 1) {
            let advance = Advance::new(claimed.lease.clone(), Some(to));
            kept.advance(&advance).await?;
            let told = kept.renew(&claimed.lease, HOUR).await?;
            let told = told.iter().map(|it| it.mark);
            same("mark after a step", told.collect(), vec![to])?;
        }
    }
    Ok(())
}

pub(super) async fn claiming_and_renewing_tell_the_checkpoints(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let kept = kept(&store)?;
    let name = opened(kept, "sales", 4).await?;
    moved(kept, &name, &[30, 10, 20, 20]).await?;
    kept.divide(&name, parts(2)?).await?;
    for partition in 0..2 {
        let taken = taken(kept, &name, partition).await?;
        for to in [12, 25] {
            let told = kept.renew(&taken.lease, HOUR).await?;
            let of = status(kept, &name).await?.partitions;
            let of = of.into_iter().nth(usize::from(partition));
            let of = of.map(|it| it.checkpoints);
            same("status of what was told", of, Some(told))?;
            kept.advance(&step(&taken.lease, to)).await?;
        }
        let told = kept.renew(&taken.lease, HOUR).await?;
        kept.release(&taken.lease).await?;
        let again = super::subscribing::taken(kept, &name, partition).await?;
        same("what claiming tells", &again.checkpoints, &told)?;
        let after = if partition == 0 { (30, 25) } else { (25, 25) };
        let places = places(&told)?;
        let ends = (places.first(), places.last());
        let ends = (ends.0.map(|it| it.1), ends.1.map(|it| it.1));
        let after = (Some(mark(after.0)), Some(mark(after.1)));
        same("where its first and last slice are", ends, after)?;
    }
    let one = opened(kept, "stock", 1).await?;
    let slices = claimed(kept, &one).await?.checkpoints;
    let slices: Vec<_> = slices.into_iter().map(|it| it.slices).collect();
    same("all slices", slices, vec![Slices::ALL])
}

pub(super) async fn a_partition_tells_when_it_moved(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let kept = kept(&store)?;
    let name = opened(kept, "sales", 1).await?;
    let moved_at = async || {
        let of = status(kept, &name).await?.partitions;
        Ok::<_, super::unmet::Unmet>(of.first().map(|it| it.moved_at))
    };
    let lease = claimed(kept, &name).await?.lease;
    let begun = moved_at().await?;
    let patience = Patience::new();
    for to in 1.. {
        patience.wait(trial, "a step to be told as later").await?;
        kept.renew(&lease, HOUR).await?;
        kept.advance(&Advance::new(lease.clone(), None)).await?;
        same("when it moved, as told later", moved_at().await?, begun)?;
        kept.advance(&step(&lease, to)).await?;
        let now = moved_at().await?;
        ensure(now >= begun, || format!("moved at {now:?} after {begun:?}"))?;
        if now > begun {
            break;
        }
    }
    Ok(())
}

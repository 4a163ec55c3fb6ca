//! What is parked is told the same way by all who tell it.

use std::collections::BTreeMap;

use super::letters::{park, untimed};
use super::steps::{drop_of, letter};
use super::subscribing::{claimed, kept, opened, status};
use super::trial::Trial;
use super::unmet::{Met, ensure, same};
use crate::ids::Position;
use crate::store::{Advance, SubscriptionStore};
use crate::subscription::SubscriptionName;

/// Sorted byte by byte, as no dictionary sorts them.
const KEYS: [&str; 9] = ["", " ", "%", "B", "a", "a-b", "aa", "e\u{301}", "é"];

/// Which letters wait, by key and position.
type Waiting = BTreeMap<String, Vec<u64>>;

pub(super) async fn what_is_parked_agrees_with_the_letters(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let kept = kept(&store)?;
    let name = opened(kept, "sales", 2).await?;
    let lease = claimed(kept, &name).await?.lease;
    let mut waiting = Waiting::new();
    agrees(kept, &name, &waiting).await?;
    for (n, key) in (1..).zip(KEYS) {
        // From the last to the first.
        let positions = (0..n).map(|of| 100 - 7 * of);
        let letters = positions.clone().map(|at| letter(key, at));
        park(kept, &lease, letters).await?;
        waiting.insert(key.to_owned(), positions.rev().collect());
        agrees(kept, &name, &waiting).await?;
    }
    while let Some((key, mut positions)) = waiting.pop_first() {
        let mut advance = Advance::new(lease.clone(), None);
        let gone = letter(&key, positions.remove(0));
        if positions.len() % 2 == 0 {
            advance.handled = vec![gone.id];
        } else {
            advance.dropped = vec![drop_of(&name, gone)];
        }
        // And all but one of the others.
        let others = positions.drain(1.min(positions.len())..);
        let others = others.map(|at| letter(&key, at).id);
        advance.handled.extend(others);
        kept.advance(&advance).await?;
        let last = positions.pop();
        let mut left = waiting.clone();
        left.extend(last.map(|last| (key.clone(), vec![last])));
        agrees(kept, &name, &left).await?;
        let mut advance = Advance::new(lease.clone(), None);
        advance.handled = last.map(|last| letter(&key, last).id).into_iter().collect();
        kept.advance(&advance).await?;
        agrees(kept, &name, &waiting).await?;
    }
    Ok(())
}

async fn agrees(kept: &dyn SubscriptionStore, name: &SubscriptionName, waiting: &Waiting) -> Met {
    let mut asked: Vec<_> = KEYS.map(str::to_owned).into();
    asked.push("another".to_owned());
    let mut parked = kept.parked_among(name, &asked).await?;
    parked.sort();
    same(
        "keys that are parked",
        &parked,
        &waiting.keys().cloned().collect(),
    )?;
    let status = status(kept, name).await?;
    let letters: usize = waiting.values().map(Vec::len).sum();
    let counted = (status.parked_keys, status.letters);
    let expected = (waiting.len() as u64, letters as u64);
    same("parked keys and letters of the status", counted, expected)?;
    let keys = kept.parked_keys(name, None, 100).await?;
    same("parked keys", keys.len(), waiting.len())?;
    for (parked, (key, positions)) in keys.iter().zip(waiting) {
        same("parked key", &*parked.key, key.as_str())?;
        same("letters counted", parked.letters, positions.len() as u64)?;
        let first = positions.first().map(|&at| letter(key, at));
        let told = untimed(std::slice::from_ref(&parked.first)).pop();
        same("first letter", told, first)?;
        let found = kept.letters(name, key, Position::START, 100).await?;
        same("first of the letters", found.first(), Some(&parked.first))?;
        let found: Vec<_> = found.iter().map(|it| it.id.position.as_raw()).collect();
        same("letters", &found, positions)?;
    }
    Ok(())
}

pub(super) async fn parked_keys_are_read_in_pages(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let kept = kept(&store)?;
    let name = opened(kept, "sales", 1).await?;
    let lease = claimed(kept, &name).await?.lease;
    for at in [4, 2] {
        park(kept, &lease, KEYS.map(|key| letter(key, at))).await?;
    }
    for limit in 1..=10 {
        let (mut found, mut after) = (Vec::new(), None::<String>);
        loop {
            let page = kept.parked_keys(&name, after.as_deref(), limit).await?;
            ensure(page.len() <= limit as usize, || {
                format!("{} keys where {limit} were asked for", page.len())
            })?;
            let Some(last) = page.last().map(|it| it.key.to_string()) else {
                break;
            };
            let on = after.as_ref().is_none_or(|after| last > *after);
            ensure(on, || format!("reading on after {after:?} leads nowhere"))?;
            after = Some(last);
            found.extend(page.into_iter().map(|it| it.key.to_string()));
        }
        let what = format!("parked keys, {limit} at a time");
        same(what, found, KEYS.map(str::to_owned).into())?;
    }
    for (after, rest) in [("", 8), ("A", 6), ("a-a", 4), ("zz", 1), ("\u{10ffff}", 0)] {
        let found = kept.parked_keys(&name, Some(after), 100).await?;
        same(format!("parked keys after {after:?}"), found.len(), rest)?;
    }
    Ok(())
}

pub(super) async fn thousands_of_keys_can_be_asked_for(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let kept = kept(&store)?;
    let name = opened(kept, "sales", 1).await?;
    let lease = claimed(kept, &name).await?.lease;
    let asked: Vec<_> = (0..20_000).map(|n| format!("key-{n:05}")).collect();
    let wanted: Vec<_> = asked.iter().step_by(2000).cloned().collect();
    park(kept, &lease, wanted.iter().map(|key| letter(key, 3))).await?;
    let mut parked = kept.parked_among(&name, &asked).await?;
    parked.sort();
    same("keys that are parked", parked, wanted)
}

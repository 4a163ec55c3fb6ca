//! Dead letters wait in order, until somebody decides.

use jiff::Timestamp;

use super::steps::{drop_of, letter};
use super::subscribing::{claimed, kept, opened, status};
use super::trial::Trial;
use super::unmet::{Met, Unmet, ensure, same};
use crate::ids::Position;
use crate::store::{Advance, SubscriptionStore};
use crate::subscription::{DeadLetter, Lease, LetterId};

/// Characters that databases, patterns and encodings stumble over.
const KEYS: [&str; 8] = [
    "",
    "k",
    "K",
    "k ",
    "%",
    "a\"b'c\\d;--",
    "é🚚\n\t",
    "e\u{301}",
];

pub(super) async fn letters_are_kept_in_the_order_of_the_log(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let kept = kept(&store)?;
    let name = opened(kept, "sales", 1).await?;
    let lease = claimed(kept, &name).await?.lease;
    // Not in their order, not in one step, and none for a moment.
    for positions in [vec![7, 3], vec![], vec![1 << 40], vec![10, 9, 5]] {
        let of = |key| positions.clone().into_iter().map(move |at| letter(key, at));
        park(kept, &lease, KEYS.into_iter().flat_map(of)).await?;
    }
    for key in KEYS {
        let expected: Vec<_> = [3, 5, 7, 9, 10, 1 << 40].map(|at| letter(key, at)).into();
        let found = kept.letters(&name, key, Position::START, 100).await?;
        let what = format!("letters of {key:?}");
        same(what, untimed(&found), expected)?;
    }
    let none = kept.letters(&name, "another", Position::START, 100).await?;
    same("letters of a key that is not parked", none, vec![])
}

pub(super) async fn a_letter_is_kept_as_it_was(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let kept = kept(&store)?;
    let name = opened(kept, "sales", 1).await?;
    let lease = claimed(kept, &name).await?.lease;
    let errors = [
        Some(String::new()),
        Some("no room\n  for \"it\": 'é' 🚚 \\ %s {} \u{1}\r\n".to_owned()),
        Some("x".repeat(100_000)),
        None,
    ];
    let longest = "é".repeat(512);
    let mut expected = Vec::new();
    for (at, (error, attempts)) in (1..).zip(errors.into_iter().zip([0, 1, u32::MAX, 0])) {
        let mut letter = letter(&longest, at);
        (letter.error, letter.attempts) = (error, attempts);
        expected.push(letter);
    }
    expected.push(DeadLetter::waiting(
        LetterId::new(longest.as_str(), Position::from_raw(6)),
        letter("k", 6).event,
    ));
    park(kept, &lease, expected.clone()).await?;
    let found = kept.letters(&name, &longest, Position::START, 100).await?;
    same("letters", untimed(&found), expected)?;
    let given = found
        .iter()
        .find(|it| it.parked_at == Timestamp::UNIX_EPOCH);
    same("a letter parked when the parker said", given, None)
}

pub(super) async fn a_letter_that_is_parked_again_is_replaced(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let kept = kept(&store)?;
    let name = opened(kept, "sales", 1).await?;
    let lease = claimed(kept, &name).await?.lease;
    park(
        kept,
        &lease,
        [letter("k", 3), letter("k", 4), letter("l", 3)],
    )
    .await?;
    let mut again = letter("k", 3);
    for (error, attempts) in [(None, 0), (Some("still no room"), 9), (Some(""), 1)] {
        again.error = error.map(str::to_owned);
        again.attempts = attempts;
        park(kept, &lease, [again.clone()]).await?;
        let expected = vec![again.clone(), letter("k", 4)];
        let found = kept.letters(&name, "k", Position::START, 100).await?;
        same("letters", untimed(&found), expected)?;
        let status = status(kept, &name).await?;
        let parked = (status.parked_keys, status.letters);
        same("parked keys and letters", parked, (2, 3))?;
    }
    let found = kept.letters(&name, "l", Position::START, 100).await?;
    same(
        "letters of another key",
        untimed(&found),
        vec![letter("l", 3)],
    )
}

pub(super) async fn letters_are_read_in_pages(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let kept = kept(&store)?;
    let name = opened(kept, "sales", 1).await?;
    let lease = claimed(kept, &name).await?.lease;
    let all: Vec<_> = [2, 3, 5, 8, 13, 21, 34].map(|at| letter("k", at)).into();
    park(kept, &lease, all.clone()).await?;
    park(kept, &lease, [letter("j", 4), letter("l", 6)]).await?;
    for limit in 1..=8 {
        let (mut found, mut after) = (Vec::new(), Position::START);
        loop {
            let page = kept.letters(&name, "k", after, limit).await?;
            ensure(page.len() <= limit as usize, || {
                format!("{} letters where {limit} were asked for", page.len())
            })?;
            let Some(last) = page.last() else { break };
            let on = last.id.position > after;
            ensure(on, || format!("reading on after {after} leads nowhere"))?;
            after = last.id.position;
            found.extend(page);
        }
        let what = format!("letters, {limit} at a time");
        same(what, untimed(&found), all.clone())?;
    }
    for (after, rest) in [(1, 7), (2, 6), (4, 5), (33, 1), (34, 0), (1 << 50, 0)] {
        let after = Position::from_raw(after);
        let found = kept.letters(&name, "k", after, 100).await?;
        same(format!("letters after {after}"), found.len(), rest)?;
    }
    Ok(())
}

pub(super) async fn handled_letters_are_gone(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let kept = kept(&store)?;
    let name = opened(kept, "sales", 1).await?;
    let lease = claimed(kept, &name).await?.lease;
    let letters = [letter("k", 3), letter("k", 4), letter("l", 3)];
    park(kept, &lease, letters.clone()).await?;
    let [first, second, other] = letters;
    for (handled, left) in [
        (letter("k", 9), vec![first.clone(), second.clone()]),
        (letter("j", 3), vec![first.clone(), second.clone()]),
        (first.clone(), vec![second.clone()]),
        (first, vec![second.clone()]),
        (second, vec![]),
    ] {
        let mut advance = Advance::new(lease.clone(), None);
        advance.handled = vec![handled.id];
        kept.advance(&advance).await?;
        let found = kept.letters(&name, "k", Position::START, 100).await?;
        same("letters left", untimed(&found), left.clone())?;
        let keys = ["k", "l"].map(str::to_owned);
        let parked = kept.parked_among(&name, &keys).await?.len();
        same(
            "keys that are parked",
            parked,
            if left.is_empty() { 1 } else { 2 },
        )?;
    }
    let found = kept.letters(&name, "l", Position::START, 100).await?;
    same("letters of another key", untimed(&found), vec![other])?;
    same("decisions", kept.decisions(&name, 100).await?, vec![])?;
    let again = [letter("k", 3)];
    park(kept, &lease, again.clone()).await?;
    let found = kept.letters(&name, "k", Position::START, 100).await?;
    same("letters parked again", untimed(&found), again.to_vec())
}

pub(super) async fn dropped_letters_are_gone_and_their_decisions_stay(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let kept = kept(&store)?;
    let name = opened(kept, "sales", 1).await?;
    let other = opened(kept, "stock", 1).await?;
    let mut decided = Vec::new();
    for name in [&name, &other] {
        let lease = claimed(kept, name).await?.lease;
        let letters = (1..=4).map(|at| letter("k", at));
        park(kept, &lease, letters).await?;
        for letter in kept.letters(name, "k", Position::START, 3).await? {
            let mut decision = drop_of(name, letter);
            decision.reason = format!("a test order,\n\"{}\" 'é' 🚚", decided.len());
            decision.by = format!("Ada O'Neil {}", decided.len());
            let mut advance = Advance::new(lease.clone(), None);
            advance.dropped = vec![decision.clone()];
            kept.advance(&advance).await?;
            decided.insert(0, decision);
        }
        let left = kept.letters(name, "k", Position::START, 100).await?;
        same("letters left", untimed(&left), vec![letter("k", 4)])?;
    }
    for name in [&name, &other] {
        let of: Vec<_> = decided
            .iter()
            .filter(|it| it.subscription == *name)
            .collect();
        for limit in [1, 2, 3, 100] {
            let mut found = kept.decisions(name, limit).await?;
            let given = found.iter().any(|it| it.at == Timestamp::UNIX_EPOCH);
            ensure(!given, || "a decision made when the decider said")?;
            for (found, decided) in found.iter_mut().zip(&of) {
                found.at = decided.at;
            }
            let expected: Vec<_> = of.iter().copied().take(limit as usize).collect();
            let what = format!("decisions, {limit} at most");
            same(what, found.iter().collect(), expected)?;
        }
    }
    Ok(())
}

pub(super) async fn letters_of_subscriptions_are_kept_apart(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let kept = kept(&store)?;
    let mut leases = Vec::new();
    for name in ["sales", "stock", "sales.v2"] {
        let name = opened(kept, name, 1).await?;
        leases.push((claimed(kept, &name).await?.lease, name));
    }
    for (n, (lease, _)) in (1..).zip(&leases) {
        let mut letter = letter("k", 3);
        letter.attempts = n;
        park(kept, lease, [letter]).await?;
    }
    for (n, (_, name)) in (1..).zip(&leases) {
        let found = kept.letters(name, "k", Position::START, 100).await?;
        let attempts: Vec<_> = found.iter().map(|it| it.attempts).collect();
        same(format!("attempts of {name}"), attempts, vec![n])?;
    }
    let (lease, name) = leases.first().ok_or_else(|| Unmet::violated("no lease"))?;
    let mut advance = Advance::new(lease.clone(), None);
    advance.handled = vec![letter("k", 3).id];
    kept.advance(&advance).await?;
    for (_, of) in &leases {
        let expected = u64::from(of != name);
        let letters = status(kept, of).await?.letters;
        same(format!("letters of {of}"), letters, expected)?;
    }
    Ok(())
}

/// Parks these, and moves nothing.
pub(super) async fn park(
    kept: &dyn SubscriptionStore,
    lease: &Lease,
    letters: impl IntoIterator<Item = DeadLetter>,
) -> Met {
    let mut advance = Advance::new(lease.clone(), None);
    advance.parked = letters.into_iter().collect();
    Ok(kept.advance(&advance).await?)
}

/// But for when they were parked.
pub(super) fn untimed(letters: &[DeadLetter]) -> Vec<DeadLetter> {
    let untimed = |letter: &DeadLetter| DeadLetter {
        parked_at: Timestamp::UNIX_EPOCH,
        ..letter.clone()
    };
    letters.iter().map(untimed).collect()
}

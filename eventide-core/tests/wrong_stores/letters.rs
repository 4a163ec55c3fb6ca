//! Faults of keeping dead letters and routes, and of forgetting.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use eventide_core::store::{Advance, MemoryStore, SubscriptionStore};
use eventide_core::subscription::SubscriptionName;
use eventide_core::{Position, StreamId};

use crate::Case;
use crate::side::Side;

type Letters = (SubscriptionName, String, Position, u32);

pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case {
            name: "gives letters from the last to the first",
            fault: |_| {
                let letters = |inner: MemoryStore, (name, key, after, limit): Letters| async move {
                    let mut letters = inner.letters(&name, &key, after, limit).await?;
                    letters.reverse();
                    Ok(letters)
                };
                Side::none().letters(letters).into()
            },
            breaks: &[
                "letters_are_kept_in_the_order_of_the_log",
                "letters_are_read_in_pages",
            ],
        },
        Case {
            name: "gives the letter again after which it is asked to go on",
            fault: |_| {
                let letters = |inner: MemoryStore, (name, key, after, limit): Letters| async move {
                    let after = Position::from_raw(after.as_raw().saturating_sub(1));
                    inner.letters(&name, &key, after, limit).await
                };
                Side::none().letters(letters).into()
            },
            breaks: &["letters_are_read_in_pages"],
        },
        Case {
            name: "keeps the first line of an error",
            fault: |_| {
                let cut = |advance: &mut Advance| {
                    for error in advance.parked.iter_mut().filter_map(|it| it.error.as_mut()) {
                        *error = error.lines().next().unwrap_or_default().to_owned();
                    }
                };
                Side::none().step(cut).into()
            },
            breaks: &["a_letter_is_kept_as_it_was"],
        },
        Case {
            name: "believes when a letter was parked",
            fault: |_| {
                let letters = |inner: MemoryStore, (name, key, after, limit): Letters| async move {
                    let mut letters = inner.letters(&name, &key, after, limit).await?;
                    for letter in &mut letters {
                        letter.parked_at = jiff::Timestamp::UNIX_EPOCH;
                    }
                    Ok(letters)
                };
                Side::none().letters(letters).into()
            },
            breaks: &["a_letter_is_kept_as_it_was"],
        },
        Case {
            name: "keeps a letter as it was parked first",
            fault: |_| {
                let advance = |inner: MemoryStore, mut advance: Advance| async move {
                    let name = advance.lease.subscription.clone();
                    for letter in std::mem::take(&mut advance.parked) {
                        let of = inner
                            .letters(&name, &letter.id.key, Position::START, 100)
                            .await?;
                        if of.iter().all(|it| it.id != letter.id) {
                            advance.parked.push(letter);
                        }
                    }
                    inner.advance(&advance).await
                };
                Side::none().advance(advance).into()
            },
            breaks: &["a_letter_that_is_parked_again_is_replaced"],
        },
        Case {
            name: "keeps letters that were handled",
            fault: |_| Side::none().step(|advance| advance.handled.clear()).into(),
            breaks: &["handled_letters_are_gone"],
        },
        Case {
            name: "drops letters without a word",
            fault: |_| {
                let handled = |advance: &mut Advance| {
                    let dropped = advance.dropped.drain(..).map(|it| it.letter.id);
                    advance.handled.extend(dropped);
                };
                Side::none().step(handled).into()
            },
            breaks: &["dropped_letters_are_gone_and_their_decisions_stay"],
        },
        Case {
            name: "tells the earliest decision first",
            fault: |_| {
                let decisions = |inner: MemoryStore, (name, limit)| async move {
                    let mut decisions = inner.decisions(&name, limit).await?;
                    decisions.reverse();
                    Ok(decisions)
                };
                Side::none().decisions(decisions).into()
            },
            breaks: &["dropped_letters_are_gone_and_their_decisions_stay"],
        },
        Case {
            name: "keeps letters by their keys alone",
            fault: |_| {
                let letters = |inner: MemoryStore, (_, key, after, limit): Letters| async move {
                    let mut letters = Vec::new();
                    for name in SubscriptionStore::subscription_names(&inner).await? {
                        letters.extend(inner.letters(&name, &key, after, limit).await?);
                    }
                    Ok(letters)
                };
                Side::none().letters(letters).into()
            },
            breaks: &["letters_of_subscriptions_are_kept_apart"],
        },
        Case {
            name: "counts a parked key for each letter",
            fault: |_| {
                Side::none()
                    .status(|status| status.parked_keys = status.letters)
                    .into()
            },
            breaks: &["what_is_parked_agrees_with_the_letters"],
        },
        Case {
            name: "lists parked keys as a dictionary does",
            fault: |_| {
                let keys = |inner: MemoryStore, (name, after, limit): (_, Option<String>, _)| async move {
                    let mut keys = inner.parked_keys(&name, after.as_deref(), limit).await?;
                    keys.sort_by_key(|it| it.key.to_lowercase());
                    Ok(keys)
                };
                Side::none().parked_keys(keys).into()
            },
            breaks: &["parked_keys_are_read_in_pages"],
        },
        Case {
            name: "looks at the first thousand keys",
            fault: |_| {
                let among = |inner: MemoryStore, (name, mut keys): (_, Vec<String>)| async move {
                    keys.truncate(1000);
                    inner.parked_among(&name, &keys).await
                };
                Side::none().parked_among(among).into()
            },
            breaks: &["thousands_of_keys_can_be_asked_for"],
        },
        Case {
            name: "remembers the last route",
            fault: |_| {
                type Known = HashMap<(SubscriptionName, StreamId), String>;
                let known: Arc<Mutex<Known>> = Arc::default();
                let told = known.clone();
                let advance = move |inner: MemoryStore, advance: Advance| {
                    let name = &advance.lease.subscription;
                    let routes = advance.routes.iter().cloned();
                    let routes = routes.map(|(stream, key)| ((name.clone(), stream), key));
                    known.lock().unwrap().extend(routes);
                    async move { inner.advance(&advance).await }
                };
                let routes = move |_, (name, streams): (SubscriptionName, Vec<StreamId>)| {
                    let told = told.lock().unwrap();
                    let of = |stream| told.get(&(name.clone(), stream)).cloned();
                    let routes = streams.into_iter().map(of).collect();
                    async move { Ok(routes) }
                };
                Side::none().advance(advance).routes(routes).into()
            },
            breaks: &["a_route_never_changes_once_remembered"],
        },
        Case {
            name: "leaves out streams without a route",
            fault: |_| {
                let routes = |inner: MemoryStore, (name, streams): (_, Vec<StreamId>)| async move {
                    let mut routes = inner.routes(&name, &streams).await?;
                    routes.retain(Option::is_some);
                    Ok(routes)
                };
                Side::none().routes(routes).into()
            },
            breaks: &["routes_are_given_in_the_order_asked"],
        },
        Case {
            name: "forgets no subscription",
            fault: |_| {
                Side::none()
                    .forget_subscription(|_, _| async { Ok(()) })
                    .into()
            },
            breaks: &[
                "forgetting_removes_all_but_the_decisions",
                "forgetting_ends_all_leases",
            ],
        },
        Case {
            name: "forgets the decisions too",
            fault: |_| {
                let decisions = |inner: MemoryStore, (name, limit)| async move {
                    match inner.subscription(&name).await? {
                        Some(_) => inner.decisions(&name, limit).await,
                        None => Ok(Vec::new()),
                    }
                };
                Side::none().decisions(decisions).into()
            },
            breaks: &["forgetting_removes_all_but_the_decisions"],
        },
    ]
}

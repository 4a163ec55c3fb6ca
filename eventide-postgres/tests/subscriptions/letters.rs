//! What is parked, decided, and remembered of streams.

use eventide_core::store::{Advance, SubscriptionStore};
use eventide_core::subscription::{DeadLetter, Decision, Lease, LetterId};
use eventide_core::{EventId, Position};
use eventide_postgres::PostgresStore;
use uuid::Uuid;

use crate::support::{Database, stream};
use crate::{claim, name, open, to};

fn id(key: &str, position: u64) -> LetterId {
    LetterId::new(key, Position::from_raw(position))
}

fn event(position: u64) -> EventId {
    EventId::from_uuid(Uuid::from_u128(position.into()))
}

fn failed(key: &str, position: u64, attempts: u32) -> DeadLetter {
    let error = format!("no price for {key}\nno such sku");
    DeadLetter::failed(id(key, position), event(position), &error, attempts)
}

fn waiting(key: &str, position: u64) -> DeadLetter {
    DeadLetter::waiting(id(key, position), event(position))
}

fn drop_it(letter: &DeadLetter, reason: &str) -> Decision {
    Decision::drop_letter(name(), letter.clone(), reason, "ann")
}

async fn letters(store: &PostgresStore, key: &str) -> Vec<DeadLetter> {
    let letters = store.letters(&name(), key, Position::START, 100).await;
    letters.unwrap()
}

async fn park(store: &PostgresStore, lease: &Lease, parked: Vec<DeadLetter>) {
    let mut step = to(lease, 9);
    step.parked = parked;
    store.advance(&step).await.unwrap();
}

/// Leaves a letter, a route, and a decision.
pub(crate) async fn park_and_drop(store: &PostgresStore, lease: &Lease) {
    park(store, lease, vec![failed("a", 1, 3), waiting("a", 2)]).await;
    let mut step = Advance::new(lease.clone(), None);
    step.dropped = vec![drop_it(&failed("a", 1, 3), "a test order")];
    step.routes = vec![(stream("a"), "a".to_owned())];
    store.advance(&step).await.unwrap();
}

#[tokio::test]
async fn letters_wait_in_the_order_of_the_log() {
    let store = Database::new().await.open().await;
    open(&store, 1).await;
    let lease = claim(&store, "a").await.unwrap().lease;
    let parked = vec![
        waiting("b", 12),
        failed("a", 7, 3),
        failed("b", 2, 1),
        waiting("b", 5),
        failed("", 3, 1),
    ];
    park(&store, &lease, parked).await;
    let of_b = letters(&store, "b").await;
    let positions: Vec<_> = of_b.iter().map(|it| it.id.position.as_raw()).collect();
    assert_eq!(positions, [2, 5, 12]);
    let mut first = of_b[0].clone();
    assert!(first.parked_at > jiff::Timestamp::UNIX_EPOCH);
    first.parked_at = jiff::Timestamp::UNIX_EPOCH;
    assert_eq!(first, failed("b", 2, 1));
    let page = store.letters(&name(), "b", Position::from_raw(2), 1).await;
    assert_eq!(page.unwrap(), of_b[1..2]);

    let keys = store.parked_keys(&name(), None, 10).await.unwrap();
    let named: Vec<_> = keys.iter().map(|it| (&*it.key, it.letters)).collect();
    assert_eq!(named, [("", 1), ("a", 1), ("b", 3)]);
    assert_eq!(keys[2].first, of_b[0]);
    let later = store.parked_keys(&name(), Some("a"), 1).await.unwrap();
    assert_eq!(later, keys[2..]);
    let among = ["c", "b", "", "b\0", "b"].map(str::to_owned);
    let parked = store.parked_among(&name(), &among).await.unwrap();
    assert_eq!(parked, ["b", "", "b"]);
    let status = store.subscription(&name()).await.unwrap().unwrap();
    assert_eq!((status.parked_keys, status.letters), (3, 5));
    // Others know nothing of them.
    let other = eventide_core::subscription::SubscriptionName::new("other").unwrap();
    assert_eq!(store.parked_keys(&other, None, 10).await.unwrap(), []);
}

#[tokio::test]
async fn a_letter_is_replaced_by_a_later_try_and_gone_once_handled() {
    let store = Database::new().await.open().await;
    open(&store, 1).await;
    let lease = claim(&store, "a").await.unwrap().lease;
    park(&store, &lease, vec![failed("a", 1, 1), waiting("a", 2)]).await;
    park(&store, &lease, vec![failed("a", 1, 2), failed("a", 1, 5)]).await;
    let of_a = letters(&store, "a").await;
    assert_eq!((of_a.len(), of_a[0].attempts), (2, 5));
    let mut step = Advance::new(lease, None);
    step.handled = vec![id("a", 1), id("nobody", 1)];
    store.advance(&step).await.unwrap();
    assert_eq!(letters(&store, "a").await, of_a[1..]);
    step.handled = vec![id("a", 2)];
    store.advance(&step).await.unwrap();
    assert_eq!(store.parked_keys(&name(), None, 10).await.unwrap(), []);
}

#[tokio::test]
async fn a_decision_is_recorded_once_however_often_its_step_is_repeated() {
    let store = Database::new().await.open().await;
    open(&store, 1).await;
    let lease = claim(&store, "a").await.unwrap().lease;
    park(&store, &lease, vec![failed("a", 1, 3), failed("b", 2, 1)]).await;
    let (a, b) = (letters(&store, "a").await, letters(&store, "b").await);
    let mut step = Advance::new(lease.clone(), None);
    step.dropped = vec![drop_it(&a[0], "a test order")];
    store.advance(&step).await.unwrap();
    store.advance(&step).await.unwrap();
    step.dropped = vec![drop_it(&b[0], "its\0customer left")];
    store.advance(&step).await.unwrap();
    let decided = store.decisions(&name(), 10).await.unwrap();
    let [latest, first] = &decided[..] else {
        panic!("{decided:?}");
    };
    assert_eq!(latest.letter, b[0]);
    assert_eq!(latest.reason, "its\u{fffd}customer left");
    assert_eq!((&first.letter, &*first.by), (&a[0], "ann"));
    assert!(first.at >= first.letter.parked_at && latest.at >= first.at);
    assert_eq!(store.decisions(&name(), 1).await.unwrap(), decided[..1]);
    assert_eq!(store.parked_keys(&name(), None, 10).await.unwrap(), []);
    // Parked again, it may be dropped again, for the same reason.
    park(&store, &lease, vec![failed("a", 1, 3)]).await;
    step.dropped = vec![drop_it(&a[0], "a test order")];
    store.advance(&step).await.unwrap();
    assert_eq!(store.decisions(&name(), 10).await.unwrap().len(), 3);
}

#[tokio::test]
async fn what_was_said_is_kept_without_what_cannot_be() {
    let store = Database::new().await.open().await;
    open(&store, 1).await;
    let lease = claim(&store, "a").await.unwrap().lease;
    let letter = DeadLetter::failed(id("a", 1), event(1), "a\0b", 1);
    park(&store, &lease, vec![letter]).await;
    let kept = letters(&store, "a").await;
    assert_eq!(kept[0].error.as_deref(), Some("a\u{fffd}b"));
    let mut step = to(&lease, 10);
    step.parked = vec![waiting("a\0", 2)];
    let (kind, why) = crate::store_error(store.advance(&step).await);
    assert_eq!(kind, eventide_core::store::StoreErrorKind::Constraint);
    assert!(why.contains("no NUL, which the key `a\\0` holds"), "{why}");
}

#[tokio::test]
async fn a_stream_s_first_route_stays() {
    let store = Database::new().await.open().await;
    open(&store, 1).await;
    let lease = claim(&store, "a").await.unwrap().lease;
    let route = |id: &str, key: &str| (stream(id), key.to_owned());
    let mut step = Advance::new(lease, None);
    step.routes = vec![route("b", "fr"), route("a", "de"), route("b", "es")];
    store.advance(&step).await.unwrap();
    step.routes = vec![route("a", "it"), route("c", "")];
    store.advance(&step).await.unwrap();
    let asked = ["c", "b", "x", "a", "b"].map(stream);
    let found = store.routes(&name(), &asked).await.unwrap();
    let found: Vec<_> = found.iter().map(Option::as_deref).collect();
    assert_eq!(found, [Some(""), Some("fr"), None, Some("de"), Some("fr")]);
    assert_eq!(store.routes(&name(), &[]).await.unwrap(), []);
}

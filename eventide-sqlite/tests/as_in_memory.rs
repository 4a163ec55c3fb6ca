//! The store on a file does what the store in memory does, whatever is asked in whatever order.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may fail by panicking"
)]

mod support;

use std::fmt::Debug;
use std::time::Duration;

use eventide_core::store::{EventStore, MemoryStore, PageSize, SubscriptionStore};
use eventide_core::subscription::{
    DeadLetter, Decision, Lease, LeaseError, LetterId, SubscriptionStatus, Token, WorkerId,
};
use eventide_core::view::{
    ColumnKind, ColumnValue, Comparison, Condition, DocumentQuery, DocumentWrite, ViewTable,
};
use eventide_sqlite::SqliteStore;
use fastrand::Rng;
use jiff::Timestamp;
use support::desk::{
    LONG, all_kinds, at, change, count, failed, find_all, mark, name, new, step, text, waiting,
};
use support::{Folder, stream};
use uuid::Uuid;

const SEEDS: u64 = 8;
const NAMES: [&str; 2] = ["a", "b"];
const KEYS: [&str; 5] = ["", "k1", "k2", "k10", "ä"];

/// What was done or found, without what may differ: times, and the words of errors.
#[derive(Debug, PartialEq)]
enum Seen<T> {
    Done(T),
    Lost,
    Failed,
}

fn seen<T: Debug>(result: Result<T, LeaseError>) -> Seen<T> {
    match result {
        Ok(done) => Seen::Done(done),
        Err(LeaseError::Lost { .. }) => Seen::Lost,
        Err(_) => Seen::Failed,
    }
}

fn timeless(mut status: SubscriptionStatus) -> SubscriptionStatus {
    for partition in &mut status.partitions {
        partition.moved_at = Timestamp::UNIX_EPOCH;
    }
    status
}

fn letter_timeless(mut letter: DeadLetter) -> DeadLetter {
    letter.parked_at = Timestamp::UNIX_EPOCH;
    letter
}

/// Something to do with a subscription.
#[derive(Debug)]
enum Ask {
    Open(u16),
    Fingerprint(u64),
    Divide(u16),
    Forget,
    Claim(Duration),
    TakeOver(u16),
    Renew(Lease),
    Release(Lease),
    Advance(Box<eventide_core::store::Advance>),
}

/// The lease of some partition: the present one, or the one before.
async fn random_lease(rng: &mut Rng, desk: &dyn SubscriptionStore, of: &str) -> Lease {
    let status = desk.subscription(&name(of)).await.unwrap();
    let partition = rng.u16(0..4);
    let token = status.and_then(|it| it.partitions.get(usize::from(partition)).map(|it| it.token));
    let token = token.unwrap_or(Token::from_raw(1)).as_raw();
    let token = token.saturating_sub(u64::from(rng.u32(0..8) == 0));
    Lease::new(name(of), partition, Token::from_raw(token))
}

fn random_ask(rng: &mut Rng, lease: Lease) -> Ask {
    let of = lease.subscription.clone();
    match rng.u32(0..24) {
        0..2 => Ask::Open(rng.u16(1..5)),
        2 => Ask::Fingerprint(rng.u64(..)),
        3..5 => Ask::Divide(rng.u16(1..5)),
        5 if rng.u32(0..4) == 0 => Ask::Forget,
        5..9 => Ask::Claim(if rng.bool() { LONG } else { Duration::ZERO }),
        9 => Ask::TakeOver(rng.u16(0..5)),
        10..12 => Ask::Renew(lease),
        12 => Ask::Release(lease),
        _ => {
            let mut step = step(&lease, rng.u64(0..20));
            if rng.u32(0..4) == 0 {
                step.to = None;
            }
            let mut key = || *rng.choice(&KEYS).unwrap();
            let (parked, behind, gone, dropped) = (key(), key(), key(), key());
            let mut place = || rng.u64(1..5);
            step.parked = vec![failed(parked, place()), waiting(behind, place())];
            step.handled = vec![LetterId::new(gone, at(place()))];
            step.routes = vec![(stream(&place().to_string()), gone.to_owned())];
            if rng.u32(0..4) == 0 {
                // Never the same again: one that is repeated is the same call for the file.
                let reason = rng.u64(..).to_string();
                let letter = failed(dropped, rng.u64(1..5));
                step.dropped = vec![Decision::drop_letter(of, letter, reason, "ada")];
            }
            Ask::Advance(Box::new(step))
        }
    }
}

async fn ask(desk: &dyn SubscriptionStore, of: &str, ask: &Ask) -> String {
    let (name, worker) = (name(of), WorkerId::from("w"));
    match ask {
        Ask::Open(partitions) => {
            let status = desk.open_subscription(&new(of, *partitions)).await;
            format!("{:?}", timeless(status.unwrap()))
        }
        Ask::Fingerprint(fingerprint) => {
            let set = desk.set_fingerprint(&name, *fingerprint).await;
            format!("{:?}", seen(set.map_err(LeaseError::from)))
        }
        Ask::Divide(partitions) => {
            let divided = desk.divide(&name, count(*partitions)).await;
            format!("{:?}", seen(divided.map_err(LeaseError::from)))
        }
        Ask::Forget => format!("{:?}", desk.forget_subscription(&name).await.is_ok()),
        Ask::Claim(ttl) => {
            let claimed = desk.claim(&name, &worker, *ttl).await;
            format!("{:?}", seen(claimed.map_err(LeaseError::from)))
        }
        Ask::TakeOver(partition) => {
            let taken = desk.take_over(&name, *partition, &worker, LONG).await;
            format!("{:?}", seen(taken.map_err(LeaseError::from)))
        }
        Ask::Renew(lease) => format!("{:?}", seen(desk.renew(lease, LONG).await)),
        Ask::Release(lease) => {
            let released = desk.release(lease).await;
            format!("{:?}", seen(released.map_err(LeaseError::from)))
        }
        Ask::Advance(step) => format!("{:?}", seen(desk.advance(step).await)),
    }
}

/// All that can be seen of a subscription.
async fn look(desk: &dyn SubscriptionStore, of: &str) -> Vec<String> {
    let name = name(of);
    let status = desk.subscription(&name).await.unwrap().map(timeless);
    let decisions = desk.decisions(&name, 100).await.unwrap();
    let decisions: Vec<_> = decisions
        .into_iter()
        .map(|it| (it.letter, it.reason, it.by))
        .collect();
    let names = desk.subscription_names().await.unwrap();
    let mut all = vec![format!("{status:?} {decisions:?} {names:?}")];
    if status.is_none() {
        return all;
    }
    let streams: Vec<_> = (0..6).map(|n| stream(&n.to_string())).collect();
    let routes = desk.routes(&name, &streams).await.unwrap();
    let keys: Vec<_> = KEYS.iter().rev().map(|key| (*key).to_owned()).collect();
    let among = desk.parked_among(&name, &keys).await.unwrap();
    all.push(format!("{routes:?} {among:?}"));
    for after in [None, Some(""), Some("k1")] {
        let parked = desk.parked_keys(&name, after, 2).await.unwrap();
        let parked = parked
            .into_iter()
            .map(|it| (it.key, it.letters, letter_timeless(it.first)));
        all.push(format!("{:?}", parked.collect::<Vec<_>>()));
    }
    for key in KEYS {
        let letters = desk.letters(&name, key, at(1), 2).await.unwrap();
        let letters = letters.into_iter().map(letter_timeless);
        all.push(format!("{:?}", letters.collect::<Vec<_>>()));
    }
    all
}

#[tokio::test]
async fn subscriptions_go_the_same_way() {
    for seed in 0..SEEDS {
        println!("seed {seed}");
        let mut rng = Rng::with_seed(seed);
        let folder = Folder::new();
        let (file, memory) = (
            SqliteStore::open(folder.file()).await.unwrap(),
            MemoryStore::new(),
        );
        let file = EventStore::subscriptions(&file).unwrap();
        let memory = EventStore::subscriptions(&memory).unwrap();
        for _ in 0..120 {
            let of = *rng.choice(&NAMES).unwrap();
            let lease = random_lease(&mut rng, memory, of).await;
            let asked = random_ask(&mut rng, lease);
            let expected = ask(memory, of, &asked).await;
            assert_eq!(ask(file, of, &asked).await, expected, "{asked:?}");
            assert_eq!(look(file, of).await, look(memory, of).await, "{asked:?}");
        }
    }
}

fn random_value(rng: &mut Rng, kind: ColumnKind) -> ColumnValue {
    if rng.u32(0..4) == 0 {
        return ColumnValue::Empty;
    }
    let n = rng.i64(-2..3);
    match kind {
        ColumnKind::Text => text(rng.choice(["", "a", "B", "ä", "a\0b"]).unwrap()),
        ColumnKind::Boolean => ColumnValue::Boolean(n > 0),
        ColumnKind::Time => ColumnValue::Time(Timestamp::from_microsecond(n).unwrap()),
        ColumnKind::Uuid => ColumnValue::Uuid(Uuid::from_u128(n.unsigned_abs().into())),
        _ => ColumnValue::Integer(if n == 2 { i64::MAX } else { n }),
    }
}

fn random_writes(rng: &mut Rng, table: &ViewTable) -> Vec<DocumentWrite> {
    let mut keys: Vec<_> = (0..60).collect();
    rng.shuffle(&mut keys);
    keys.truncate(rng.usize(1..8));
    let write = |n: u32| {
        let (key, by) = (format!("k{n}"), at(rng.u64(..1_000)));
        if rng.u32(0..6) == 0 {
            return DocumentWrite::delete(key, by);
        }
        let values = table.columns.iter().map(|column| match column.name {
            // Mostly there once, and sometimes not.
            "code" => ColumnValue::Text(rng.u32(0..120).to_string()),
            _ => random_value(rng, column.kind),
        });
        let values = values.collect();
        DocumentWrite::put(key, n.to_string().into_bytes(), values, by)
    };
    keys.into_iter().map(write).collect()
}

fn random_query(rng: &mut Rng, table: &ViewTable) -> DocumentQuery {
    let mut query = DocumentQuery::default();
    for _ in 0..rng.u32(0..3) {
        let column = rng.choice(&table.columns).unwrap();
        let comparison = match rng.u32(0..5) {
            0 => Comparison::Equal,
            1 => Comparison::Less,
            2 => Comparison::AtMost,
            3 => Comparison::More,
            _ => Comparison::AtLeast,
        };
        let value = random_value(rng, column.kind);
        query
            .conditions
            .push(Condition::new(column.name, comparison, value));
    }
    if rng.u32(0..4) > 0 {
        query.order = rng.choice(&table.columns).map(|column| column.name);
    }
    query.descending = rng.bool();
    query.page = PageSize::new(rng.usize(1..20));
    query
}

#[tokio::test]
async fn documents_are_found_the_same_way() {
    let table = all_kinds();
    for seed in 0..SEEDS {
        println!("seed {seed}");
        let mut rng = Rng::with_seed(seed);
        let folder = Folder::new();
        let (file, memory) = (
            SqliteStore::open(folder.file()).await.unwrap(),
            MemoryStore::new(),
        );
        let file = EventStore::subscriptions(&file).unwrap();
        let memory = EventStore::subscriptions(&memory).unwrap();
        let mut leases = Vec::new();
        for desk in [file, memory] {
            desk.open_view(&table).await.unwrap();
            desk.open_subscription(&new("a", 1)).await.unwrap();
            let claimed = desk.claim(&name("a"), &WorkerId::from("w"), LONG).await;
            leases.push(claimed.unwrap().unwrap().lease);
        }
        assert_eq!(leases[0], leases[1]);
        let mut clashes = 0;
        for _ in 0..60 {
            let mut step = change(&leases[0], &table, random_writes(&mut rng, &table));
            step.to = Some(mark(1));
            let expected = memory.advance(&step).await;
            clashes += u32::from(expected.is_err());
            let written = file.advance(&step).await;
            assert_eq!(
                written.is_ok(),
                expected.is_ok(),
                "{written:?}, not {expected:?}"
            );
            let keys: Vec<_> = step.documents.iter().map(|it| it.key.clone()).collect();
            let expected = memory.documents(&table, &keys).await.unwrap();
            assert_eq!(file.documents(&table, &keys).await.unwrap(), expected);
        }
        assert!(clashes > 0, "no value was there twice");
        for _ in 0..60 {
            let query = random_query(&mut rng, &table);
            let expected = find_all(memory, &table, &query).await;
            assert_eq!(find_all(file, &table, &query).await, expected, "{query:?}");
            let first = memory.find_documents(&table, &query).await.unwrap();
            assert_eq!(file.find_documents(&table, &query).await.unwrap(), first);
        }
    }
}

//! Who, why, from where: what events carry besides their content.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod support;

use eventide::prelude::*;
use eventide::store::{EventStore, LogFilter, LogQuery};
use eventide::{CausationId, CorrelationId, RecordedEvent, SchemaVersion, Tag};
use jiff::Timestamp;
use serde_json::json;
use support::{Account, Bank, Probe, account, deposit, give, open, recorded};

async fn events(store: &Probe, name: &str) -> Vec<RecordedEvent> {
    recorded(store, &Account::stream(&account(name)).unwrap()).await
}

#[tokio::test]
async fn correlation_and_causation_come_by_themselves() {
    let store = Probe::new();
    let app = App::<Bank>::new(store.clone());
    let receipt = app.execute(open("a")).await.unwrap();
    let event = &events(&store, "a").await[0];
    assert_eq!(
        event.metadata.causation_id,
        CausationId::from(receipt.command_id)
    );
    assert_eq!(
        event.metadata.correlation_id,
        CorrelationId::from(receipt.command_id)
    );
    assert_eq!(event.metadata.correlation_id, receipt.correlation_id);
    assert!(event.metadata.is_plain());
}

#[tokio::test]
async fn a_reaction_stays_in_the_chain() {
    let store = Probe::new();
    let app = App::<Bank>::new(store.clone());
    let first = app.execute(open("a")).await.unwrap();
    let cause = events(&store, "a").await.remove(0);
    let second = app.execute(give("b", 1)).reacting_to(&cause).await.unwrap();
    let middle = events(&store, "b").await.remove(0);
    let third = app
        .execute(give("c", 1))
        .reacting_to(&middle)
        .await
        .unwrap();
    let last = events(&store, "c").await.remove(0);

    let correlation = CorrelationId::from(first.command_id);
    assert_eq!(
        [second.correlation_id, third.correlation_id],
        [correlation; 2]
    );
    for (event, receipt, reaction_to) in [(&middle, &second, &cause), (&last, &third, &middle)] {
        assert_eq!(event.metadata.correlation_id, correlation);
        assert_eq!(
            event.metadata.causation_id,
            CausationId::from(receipt.command_id)
        );
        assert_eq!(event.metadata.reaction_to, Some(reaction_to.id));
    }
}

#[tokio::test]
async fn everything_the_caller_says_is_kept() {
    let store = Probe::new();
    let app = App::<Bank>::new(store.clone());
    let happened: Timestamp = "1999-12-31T23:59:59.123456Z".parse().unwrap();
    let correlation = CorrelationId::from(CommandId::derived("test", "request"));
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    app.execute(open("a"))
        .as_user("ada")
        .correlated(correlation)
        .from_ip("2001:db8::1".parse().unwrap())
        .traced(trace)
        .occurred_at(happened)
        .with("channel", "branch")
        .with("screen", json!({"x": 1}))
        .await
        .unwrap();
    let event = &events(&store, "a").await[0];
    assert_eq!(event.metadata.user_id.as_deref(), Some("ada"));
    assert_eq!(event.metadata.correlation_id, correlation);
    assert_eq!(
        event.metadata.ip_address,
        Some("2001:db8::1".parse().unwrap())
    );
    assert_eq!(event.metadata.trace_parent.as_deref(), Some(trace));
    assert_eq!(event.occurred_at(), happened);
    assert_eq!(event.metadata.extra["channel"], "branch");
    assert_eq!(event.metadata.extra["screen"], json!({"x": 1}));
    assert!(event.recorded_at > happened);
}

#[tokio::test]
async fn callers_of_one_append_keep_their_own() {
    let store = Probe::new();
    let app = App::<Bank>::new(store.clone());
    app.execute(open("a")).await.unwrap();
    tokio::try_join!(
        app.execute(deposit("a", 1)).as_user("ada"),
        app.execute(deposit("a", 2)).as_user("eve")
    )
    .unwrap();
    let users: Vec<_> = events(&store, "a")
        .await
        .into_iter()
        .map(|event| event.metadata.user_id)
        .collect();
    assert_eq!(
        users,
        [None, Some("ada".to_owned()), Some("eve".to_owned())]
    );
}

#[tokio::test]
async fn of_several_commands_each_causes_its_own() {
    let store = Probe::new();
    let app = App::<Bank>::new(store.clone());
    let id = CommandId::derived("test", "batch");
    let batch = [open("a").into(), deposit("a", 1).into()];
    app.execute_each::<Account>(batch)
        .command_id(id)
        .as_user("ada")
        .await
        .unwrap();
    for (event, n) in events(&store, "a").await.iter().zip(0..) {
        assert_eq!(event.metadata.causation_id, CausationId::from(id.nth(n)));
        assert_eq!(event.metadata.user_id.as_deref(), Some("ada"));
    }
}

#[tokio::test]
async fn type_schema_version_and_tags_are_the_events_own() {
    let store = Probe::new();
    let app = App::<Bank>::new(store.clone());
    app.execute_all::<Account>([open("a").into(), deposit("a", 1).into()])
        .await
        .unwrap();
    let events = events(&store, "a").await;
    assert_eq!(&*events[0].event_type, "Opened");
    assert_eq!(events[0].schema_version, SchemaVersion::FIRST);
    assert_eq!(events[0].payload, br#"{"owner":"ada"}"#);
    let tag = Tag::new("owner", "ada").unwrap();
    assert_eq!(events[0].tags, std::slice::from_ref(&tag));
    assert!(events[1].tags.is_empty());
    let mut tagged = LogFilter::default();
    tagged.tags.push(tag);
    let found = store
        .read_log(LogQuery::default().filter(tagged))
        .await
        .unwrap();
    assert_eq!(found.events, events[..1]);
}

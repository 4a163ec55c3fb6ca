//! One command: what it gives, what it expects of its aggregate, and why it may be refused.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod support;

use eventide::prelude::*;
use eventide::repository::RetryPolicy;
use eventide::store::{EventStore, StoreErrorKind};
use eventide::stream::InvalidPart;
use support::{
    Account, AccountEvent, Bank, Call, Deposited, Probe, Refused, account, deposit, give, open,
    recorded, top_up, withdraw,
};

#[tokio::test]
async fn a_receipt_tells_what_was_recorded() {
    let store = Probe::new();
    let app = App::<Bank>::new(store.clone());
    app.execute(open("a")).await.unwrap();
    let receipt = app.execute(deposit("a", 5)).await.unwrap();
    assert_eq!(receipt.stream.to_string(), "Account/a");
    assert_eq!(receipt.version, Version::new(2));
    assert_eq!(receipt.position, Some(store.head().await.unwrap()));
    assert!(!receipt.replayed);
    assert!(matches!(
        receipt.events.as_slice(),
        [AccountEvent::Deposited(Deposited { amount: 5 })]
    ));
    let events = recorded(&store, &receipt.stream).await;
    assert_eq!(events.len(), 2);
    let event = events.last().unwrap();
    assert_eq!(
        (event.version, Some(event.position)),
        (receipt.version, receipt.position)
    );
    assert_eq!(event.metadata.causation_id, receipt.command_id.into());
    assert_eq!(event.metadata.correlation_id, receipt.correlation_id);
}

#[tokio::test]
async fn what_creates_needs_that_there_is_nothing() {
    for cold in [false, true] {
        let store = Probe::new();
        let app = App::<Bank>::new(store.clone());
        app.execute(open("a")).await.unwrap();
        let app = if cold {
            App::<Bank>::new(store.clone())
        } else {
            app
        };
        let error = app.execute(open("a")).await.unwrap_err();
        assert!(
            matches!(error, ExecuteError::AlreadyExists { .. }),
            "{error:?}"
        );
        assert_eq!(
            error.to_string(),
            "stream Account/a exists already, command `Open` creates it"
        );
        assert!(!error.is_retryable());
    }
}

#[tokio::test]
async fn what_creates_is_answered_rightly_in_a_single_attempt() {
    let store = Probe::new();
    App::<Bank>::new(store.clone())
        .execute(open("a"))
        .await
        .unwrap();
    let once = RetryPolicy {
        attempts: 1,
        ..RetryPolicy::default()
    };
    let app = App::<Bank>::builder(store.clone()).retry(once).build();
    let error = app.execute(open("a")).await.unwrap_err();
    assert!(
        matches!(error, ExecuteError::AlreadyExists { .. }),
        "{error:?}"
    );
}

#[tokio::test]
async fn creating_reads_nothing() {
    let store = Probe::new();
    let app = App::<Bank>::new(store.clone());
    app.execute(open("a")).await.unwrap();
    assert_eq!(
        store.count(Call::ReadStream) + store.count(Call::StreamVersion),
        0
    );
    assert_eq!(store.count(Call::Append), 1);
}

#[tokio::test]
async fn what_does_not_create_needs_something() {
    let app = App::<Bank>::new(Probe::new());
    let error = app.execute(deposit("a", 5)).await.unwrap_err();
    assert!(matches!(error, ExecuteError::NotFound { .. }), "{error:?}");
    assert_eq!(
        error.to_string(),
        "stream Account/a does not exist, and command `Deposit` does not create it"
    );
    assert!(matches!(
        app.load::<Account>(&account("a")).await,
        Err(LoadError::NotFound { .. })
    ));
    app.execute(open("a")).await.unwrap();
    app.execute(deposit("a", 5)).await.unwrap();
}

#[tokio::test]
async fn what_upserts_takes_both() {
    let app = App::<Bank>::new(Probe::new());
    for version in 1..=2 {
        let receipt = app.execute(give("a", 5)).await.unwrap();
        assert_eq!(receipt.version, Version::new(version));
    }
}

#[tokio::test]
async fn the_aggregates_own_error_comes_back_as_it_is() {
    let app = App::<Bank>::new(Probe::new());
    app.execute(open("a")).await.unwrap();
    app.execute(deposit("a", 5)).await.unwrap();
    match app.execute(withdraw("a", 6)).await {
        Err(ExecuteError::Domain(Refused::Insufficient { balance })) => assert_eq!(balance, 5),
        other => panic!("{other:?}"),
    }
    let error = app.execute(withdraw("a", 0)).await.unwrap_err();
    assert_eq!(error.domain(), Some(&Refused::Nothing));
    assert!(!error.is_retryable());
    let mapped = error.map_domain(|refused| refused.to_string());
    assert_eq!(
        mapped.domain().map(String::as_str),
        Some("nothing to withdraw")
    );
}

#[tokio::test]
async fn what_changes_nothing_records_nothing() {
    let store = Probe::new();
    let app = App::<Bank>::new(store.clone());
    app.execute(open("a")).await.unwrap();
    store.reset();
    let receipt = app.execute(top_up("a", 0)).await.unwrap();
    assert!(receipt.events.is_empty());
    assert_eq!((receipt.version, receipt.position), (Version::new(1), None));
    assert_eq!(store.count(Call::Append), 0);
    app.execute(top_up("a", 3)).await.unwrap();
    assert_eq!(app.load::<Account>(&account("a")).await.unwrap().balance, 3);
}

#[tokio::test]
async fn an_id_that_makes_no_address_is_refused_before_the_store_is_asked() {
    let store = Probe::new();
    let app = App::<Bank>::new(store.clone());
    let long = "ß".repeat(600);
    let cases = [
        ("", InvalidPart::Empty),
        ("a\0b", InvalidPart::ControlCharacter { at: 1 }),
        ("a\nb", InvalidPart::ControlCharacter { at: 1 }),
        (&long, InvalidPart::TooLong { bytes: 1200 }),
    ];
    for (name, reason) in cases {
        let Err(ExecuteError::InvalidStream(invalid)) = app.execute(open(name)).await else {
            panic!("{name:?} is no address")
        };
        assert_eq!((invalid.part, &invalid.reason), ("aggregate id", &reason));
        let Err(LoadError::InvalidStream(invalid)) = app.load::<Account>(&account(name)).await
        else {
            panic!("{name:?} is no address")
        };
        assert_eq!(invalid.reason, reason);
    }
    assert_eq!(store.count(Call::Append) + store.count(Call::ReadStream), 0);
}

#[tokio::test]
async fn what_may_be_tried_again_says_so() {
    let store = Probe::new();
    let app = App::<Bank>::new(store.clone());
    app.execute(open("a")).await.unwrap();
    for (kind, retryable) in [
        (StoreErrorKind::Unavailable, true),
        (StoreErrorKind::Locked, true),
        (StoreErrorKind::Full, true),
        (StoreErrorKind::ReadOnly, false),
        (StoreErrorKind::Corrupt, false),
    ] {
        store.fail_next(Call::Append, kind);
        let error = app.execute(deposit("a", 1)).await.unwrap_err();
        assert_eq!(error.is_retryable(), retryable, "{error:?}");
        store.fail_next(Call::ReadStream, kind);
        let error = App::<Bank>::new(store.clone())
            .execute(deposit("a", 1))
            .await
            .unwrap_err();
        assert!(
            matches!(error, ExecuteError::Load(LoadError::Store(_))),
            "{error:?}"
        );
        assert_eq!(error.is_retryable(), retryable, "{error:?}");
    }
    assert_eq!(
        app.load::<Account>(&account("a")).await.unwrap().version(),
        Version::new(1)
    );
}

#[tokio::test]
async fn a_command_is_executed_only_if_the_aggregate_is_as_the_caller_has_seen_it() {
    let app = App::<Bank>::new(Probe::new());
    app.execute(open("a")).await.unwrap();
    app.execute(deposit("a", 5))
        .expecting(Version::new(1))
        .await
        .unwrap();
    let error = app
        .execute(deposit("a", 5))
        .expecting(Version::new(1))
        .await
        .unwrap_err();
    let ExecuteError::UnexpectedVersion {
        expected, actual, ..
    } = error
    else {
        panic!("{error:?}")
    };
    assert_eq!((expected, actual), (Version::new(1), Version::new(2)));
    // Also where a part of the batch cannot be acceptable at any version.
    let batch = [deposit("a", 1).into(), deposit("a", 1).into()];
    let answers = app
        .execute_each::<Account>(batch)
        .expecting(Version::new(1))
        .await
        .unwrap();
    for answer in answers {
        assert!(
            matches!(answer, Err(ExecuteError::UnexpectedVersion { .. })),
            "{answer:?}"
        );
    }
    assert_eq!(app.load::<Account>(&account("a")).await.unwrap().balance, 5);
}

/// The futures can be spawned on any runtime.
#[test]
fn everything_can_be_sent_between_threads() {
    fn is_send<T: Send>(_: T) {}
    fn is_send_and_sync<T: Send + Sync>() {}
    let app = App::<Bank>::new(MemoryStore::new());
    is_send(app.execute(open("a")));
    is_send(app.execute(open("a")).into_future());
    is_send(app.execute_all::<Account>([open("a").into()]).into_future());
    is_send(
        app.execute_each::<Account>([open("a").into()])
            .into_future(),
    );
    is_send(app.execute_json("Open", b"{}").into_future());
    is_send(app.load::<Account>(&account("a")));
    is_send(app.load_at::<Account>(&account("a"), Version::new(1)));
    is_send_and_sync::<App<Bank>>();
    is_send_and_sync::<Repository<Account>>();
    is_send_and_sync::<Receipt<Account>>();
    is_send_and_sync::<Loaded<Account>>();
    is_send_and_sync::<ExecuteError<Refused>>();
    is_send_and_sync::<LoadError>();
}

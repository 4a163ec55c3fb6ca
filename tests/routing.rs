//! Commands by name and as JSON: for HTTP and message consumers.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod support;

use eventide::app::RouteError;
use eventide::prelude::*;
use serde_json::json;
use support::{Account, Bank, Counter, Probe, Refused, account, counter};

fn app() -> App<Bank> {
    App::new(Probe::new())
}

#[tokio::test]
async fn a_command_finds_its_aggregate_by_name() {
    let app = app();
    app.execute_json("Open", br#"{"account":"a","owner":"ada"}"#)
        .await
        .unwrap();
    app.execute_json("Deposit", br#"{"account":"a","amount":5}"#)
        .await
        .unwrap();
    app.execute_json("Count", br#"{"counter":"c","times":3}"#)
        .await
        .unwrap();
    assert_eq!(app.load::<Account>(&account("a")).await.unwrap().balance, 5);
    assert_eq!(
        *app.load::<Counter>(&counter("c")).await.unwrap(),
        Counter::after(3)
    );
}

#[tokio::test]
async fn the_receipt_can_be_sent_on() {
    let app = app();
    let id = CommandId::derived("test", "open");
    let open = br#"{"account":"a","owner":"ada"}"#;
    let receipt = app.execute_json("Open", open).command_id(id).await.unwrap();
    let position = receipt.position.unwrap();
    let sent = json!({
        "command_id": id,
        "correlation_id": id,
        "aggregate_type": "Account",
        "aggregate_id": "a",
        "version": 1,
        "position": position,
        "events": [{"event_type": "Opened", "schema_version": 1, "payload": {"owner": "ada"}}],
        "replayed": false,
    });
    assert_eq!(serde_json::to_value(&receipt).unwrap(), sent);

    let again = app.execute_json("Open", open).command_id(id).await.unwrap();
    let mut replayed = sent;
    replayed["replayed"] = true.into();
    assert_eq!(serde_json::to_value(&again).unwrap(), replayed);
}

#[tokio::test]
async fn an_unknown_name_is_answered_with_the_known_ones() {
    let error = app().execute_json("Close", b"{}").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "domain `bank` has no command `Close`; \
         it has Open, Deposit, Give, Withdraw, TopUp, Count"
    );
    let RouteError::UnknownCommand {
        domain,
        name,
        known,
        ..
    } = error
    else {
        panic!("{error:?}")
    };
    assert_eq!((domain, name.as_str(), known.len()), ("bank", "Close", 6));
}

#[tokio::test]
async fn json_that_does_not_fit_names_the_field() {
    let app = app();
    for (json, expected) in [
        (r#"{"account":"a","amount":"much"}"#, "amount"),
        (r#"{"account":7,"amount":1}"#, "account"),
        (r#"{"account":"a"}"#, "amount"),
        (r#"{"account":"a","amount":-1}"#, "amount"),
        ("[]", ""),
        ("", ""),
        ("{", ""),
    ] {
        let error = app
            .execute_json("Deposit", json.as_bytes())
            .await
            .unwrap_err();
        let RouteError::Json { command, field, .. } = &error else {
            panic!("{error:?}")
        };
        assert_eq!(
            (command.as_str(), field.as_str()),
            ("Deposit", expected),
            "{json}"
        );
        let words = error.to_string();
        assert_eq!(
            words.contains("does not fit"),
            !expected.is_empty(),
            "{words}"
        );
    }
}

#[tokio::test]
async fn what_refuses_a_command_can_still_be_told() {
    let app = app();
    app.execute_json("Open", br#"{"account":"a","owner":"ada"}"#)
        .await
        .unwrap();
    let json = br#"{"account":"a","amount":5}"#;
    let error = app.execute_json("Withdraw", json).await.unwrap_err();
    let RouteError::Execute(ExecuteError::Domain(refused)) = error else {
        panic!("{error:?}")
    };
    assert_eq!(
        refused.downcast_ref::<Refused>(),
        Some(&Refused::Insufficient { balance: 0 })
    );
    let nobody = br#"{"account":"nobody","amount":5}"#;
    let error = app.execute_json("Withdraw", nobody).await.unwrap_err();
    assert!(
        matches!(
            error,
            RouteError::Execute(ExecuteError::NotFound {
                command: "Withdraw",
                ..
            })
        ),
        "{error:?}"
    );
}

#[tokio::test]
async fn options_go_with_it() {
    let app = app();
    let open = br#"{"account":"a","owner":"ada"}"#;
    app.execute_json("Open", open).await.unwrap();
    let deposit = br#"{"account":"a","amount":5}"#;
    let error = app
        .execute_json("Deposit", deposit)
        .expecting(Version::new(9))
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            RouteError::Execute(ExecuteError::UnexpectedVersion { .. })
        ),
        "{error:?}"
    );
}

//! Commands that are refused for what they hold, whatever the aggregate's state.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod support;

use eventide::app::RouteError;
use eventide::command::{CommandInfo, Existence};
use eventide::prelude::*;
use eventide::{InvalidCommand, InvalidField};
use serde::{Deserialize, Serialize};
use support::{Call, Probe};

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, AggregateId)]
struct CartId(u32);

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
struct Put(u32);

/// Not derived: it says itself what is acceptable.
#[derive(Debug, Clone, Deserialize)]
struct PutIn {
    cart: CartId,
    pieces: Vec<u32>,
}

impl Command for PutIn {
    type Id = CartId;
    const INFO: CommandInfo = CommandInfo::new("PutIn", Existence::May, "", "");

    fn aggregate_id(&self) -> &CartId {
        &self.cart
    }

    fn validate(&self) -> Result<(), InvalidCommand> {
        let wrong = self
            .pieces
            .iter()
            .enumerate()
            .filter(|(_, pieces)| **pieces == 0);
        let fields: Vec<_> = wrong
            .map(|(n, _)| InvalidField::new(format!("pieces[{n}]"), "is zero"))
            .collect();
        if fields.is_empty() {
            Ok(())
        } else {
            Err(InvalidCommand::new("PutIn", fields))
        }
    }
}

#[derive(Debug, Default, Clone, Aggregate)]
#[aggregate(id = CartId, error = String, events(Put), commands(PutIn))]
struct Cart {
    pieces: u32,
}

#[handlers]
impl Cart {
    fn put_in(&self, command: PutIn) -> Vec<Put> {
        command.pieces.into_iter().map(Put).collect()
    }
    fn put(&mut self, event: &Put) {
        self.pieces += event.0;
    }
}

#[derive(Domain)]
#[domain(aggregates(Cart))]
struct Shop;

fn put_in(pieces: &[u32]) -> PutIn {
    PutIn {
        cart: CartId(1),
        pieces: pieces.to_vec(),
    }
}

#[tokio::test]
async fn every_field_is_named_before_the_store_is_asked() {
    let store = Probe::new();
    let app = App::<Shop>::new(store.clone());
    let one = app.execute(put_in(&[0, 1, 0])).await.unwrap_err();
    let batch = [put_in(&[1]).into(), put_in(&[0, 1, 0]).into()];
    let all = app.execute_all::<Cart>(batch).await.unwrap_err();
    for error in [one, all] {
        assert!(!error.is_retryable());
        assert_eq!(
            error.to_string(),
            "command `PutIn` is not acceptable: `pieces[0]` is zero; `pieces[2]` is zero"
        );
        let ExecuteError::Invalid(invalid) = error else {
            panic!("{error:?}")
        };
        assert_eq!(invalid.fields.len(), 2);
    }
    let json = br#"{"cart":1,"pieces":[0]}"#;
    let error = app.execute_json("PutIn", json).await.unwrap_err();
    assert!(
        matches!(error, RouteError::Execute(ExecuteError::Invalid(_))),
        "{error:?}"
    );
    for call in [
        Call::Append,
        Call::ReadStream,
        Call::StreamVersion,
        Call::HandledCommands,
    ] {
        assert_eq!(store.count(call), 0);
    }
}

#[tokio::test]
async fn of_several_only_the_unacceptable_are_refused() {
    let app = App::<Shop>::new(Probe::new());
    let batch = || [&[1][..], &[0], &[2]].map(|pieces| put_in(pieces).into());
    let answers = app.execute_each::<Cart>(batch()).await.unwrap();
    let versions = answers
        .iter()
        .map(|answer| answer.as_ref().ok().map(|ok| ok.version.get()));
    assert!(versions.eq([Some(1), None, Some(2)]));
    assert!(matches!(answers[1], Err(ExecuteError::Invalid(_))));
    assert_eq!(app.load::<Cart>(&CartId(1)).await.unwrap().pieces, 3);

    let nothing = [put_in(&[0]).into()];
    let answers = app.execute_each::<Cart>(nothing).await.unwrap();
    assert!(matches!(answers[..], [Err(ExecuteError::Invalid(_))]));
    // An unacceptable one does not lift the caller's condition from the others.
    let answers = app
        .execute_each::<Cart>(batch())
        .expecting(Version::new(1))
        .await
        .unwrap();
    assert!(
        matches!(answers[0], Err(ExecuteError::UnexpectedVersion { .. })),
        "{answers:?}"
    );
    assert!(
        matches!(answers[2], Err(ExecuteError::UnexpectedVersion { .. })),
        "{answers:?}"
    );
}

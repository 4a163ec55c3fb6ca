//! Tower layers around every command.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod support;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use eventide::app::{AppBuilder, CommandRequest, CommandResponse, CommandService};
use eventide::prelude::*;
use futures_util::future::{BoxFuture, FutureExt};
use serde::{Deserialize, Serialize};
use support::{
    Account, AccountCommand, Bank, Probe, Refused, account, deposit, in_time, open, recorded,
    withdraw,
};
use tokio::sync::Semaphore;
use tower::layer::layer_fn;
use tower::timeout::TimeoutLayer;
use tower::timeout::error::Elapsed;
use tower::{ServiceExt, service_fn};

type Answer = BoxFuture<'static, Result<CommandResponse, BoxError>>;

/// Adds a layer that does `around` with each request and the service below.
fn with<F>(builder: AppBuilder<Bank>, around: F) -> AppBuilder<Bank>
where
    F: Fn(CommandRequest, CommandService) -> Answer + Clone + Send + Sync + 'static,
{
    builder.layer(layer_fn(move |inner: CommandService| {
        let around = around.clone();
        service_fn(move |request: CommandRequest| around(request, inner.clone()))
    }))
}

#[derive(Debug, thiserror::Error)]
#[error("nobody may do that")]
struct Forbidden;

fn guarded() -> AppBuilder<Bank> {
    with(App::builder(Probe::new()), |request, inner| {
        if request.options().user_id.as_deref() == Some("eve") {
            return async { Err(Forbidden.into()) }.boxed();
        }
        inner.oneshot(request).boxed()
    })
}

#[tokio::test]
async fn a_layer_can_refuse() {
    let app = guarded().build();
    app.execute(open("a")).as_user("ada").await.unwrap();
    let error = app
        .execute(deposit("a", 1))
        .as_user("eve")
        .await
        .unwrap_err();
    assert!(!error.is_retryable());
    assert_eq!(error.to_string(), "a middleware layer stopped the command");
    let ExecuteError::Middleware(cause) = error else {
        panic!("{error:?}")
    };
    assert!(cause.is::<Forbidden>());
    assert_eq!(app.load::<Account>(&account("a")).await.unwrap().balance, 0);
}

#[tokio::test]
async fn no_way_of_executing_passes_by_the_layers() {
    let app = guarded().build();
    app.execute(open("a")).await.unwrap();
    let batch = || [AccountCommand::from(deposit("a", 1))];
    let all = app
        .execute_all::<Account>(batch())
        .as_user("eve")
        .await
        .unwrap_err();
    let each = app
        .execute_each::<Account>(batch())
        .as_user("eve")
        .await
        .unwrap_err();
    for error in [all, each] {
        assert!(matches!(error, ExecuteError::Middleware(_)), "{error:?}");
    }
    let json = br#"{"account":"a","amount":1}"#;
    let error = app
        .execute_json("Deposit", json)
        .as_user("eve")
        .await
        .unwrap_err();
    assert_eq!(error.to_string(), "a middleware layer stopped the command");

    app.execute_all::<Account>(batch()).await.unwrap();
    app.execute_each::<Account>(batch())
        .await
        .unwrap()
        .remove(0)
        .unwrap();
    app.execute_json("Deposit", json).await.unwrap();
    assert_eq!(app.load::<Account>(&account("a")).await.unwrap().balance, 3);
}

#[tokio::test]
async fn domain_errors_come_back_typed_through_layers() {
    let app = guarded().build();
    app.execute(open("a")).await.unwrap();
    let refused = Some(Refused::Insufficient { balance: 0 });
    let one = app.execute(withdraw("a", 1)).await.unwrap_err();
    assert_eq!(one.domain(), refused.as_ref());
    let all = app
        .execute_all::<Account>([withdraw("a", 1).into()])
        .await
        .unwrap_err();
    assert_eq!(all.domain(), refused.as_ref());
    let each = app
        .execute_each::<Account>([withdraw("a", 1).into()])
        .await
        .unwrap();
    assert_eq!(each[0].as_ref().unwrap_err().domain(), refused.as_ref());
    let again = app.execute(open("a")).await.unwrap_err();
    assert!(
        matches!(again, ExecuteError::AlreadyExists { .. }),
        "{again:?}"
    );
    let nowhere = app.execute(open("")).await.unwrap_err();
    assert!(
        matches!(nowhere, ExecuteError::InvalidStream(_)),
        "{nowhere:?}"
    );
    let empty = app.execute_all::<Account>(Vec::new()).await.unwrap_err();
    assert!(matches!(empty, ExecuteError::EmptyBatch), "{empty:?}");
}

#[tokio::test]
async fn a_layer_sees_the_command() {
    let log = Arc::<Mutex<Vec<String>>>::default();
    let entries = Arc::clone(&log);
    let app = with(App::builder(Probe::new()), move |request, inner| {
        let content = match (
            request.payload::<support::Deposit>(),
            request.payload::<Vec<AccountCommand>>(),
        ) {
            (Some(deposit), None) => format!("one of {}", deposit.amount),
            (None, Some(commands)) => format!("{} in one", commands.len()),
            _ => "else".to_owned(),
        };
        let user = request.options().user_id.clone().unwrap_or_default();
        let (name, stream) = (request.command_name(), request.stream());
        let entry = format!("{name} to {stream} by {user}: {content}");
        let entries = Arc::clone(&entries);
        let done = inner.oneshot(request);
        async move {
            let done = done.await;
            entries
                .lock()
                .unwrap()
                .push(format!("{entry}, {}", done.is_ok()));
            done
        }
        .boxed()
    })
    .build();
    app.execute(open("a")).as_user("ada").await.unwrap();
    app.execute(deposit("a", 5)).await.unwrap();
    let batch = [deposit("a", 5).into(), withdraw("a", 11).into()];
    app.execute_all::<Account>(batch).await.unwrap_err();
    assert_eq!(
        *log.lock().unwrap(),
        [
            "Open to Account/a by ada: else, true",
            "Deposit to Account/a by : one of 5, true",
            "Deposit to Account/a by : 2 in one, false",
        ]
    );
}

#[tokio::test]
async fn layers_see_the_command_in_the_order_they_were_added() {
    let store = Probe::new();
    let mut builder = App::<Bank>::builder(store.clone());
    for name in ["first", "second"] {
        builder = with(builder, move |mut request, inner| {
            let options = request.options_mut();
            let order = match options.extra.get("order").and_then(|order| order.as_str()) {
                Some(before) => format!("{before}, {name}"),
                None => name.to_owned(),
            };
            options.extra.insert("order".to_owned(), order.into());
            inner.oneshot(request).boxed()
        });
    }
    builder.build().execute(open("a")).await.unwrap();
    let events = recorded(&store, &Account::stream(&account("a")).unwrap()).await;
    assert_eq!(events[0].metadata.extra["order"], "first, second");
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, AggregateId)]
struct TaskId(u32);

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
struct Done;

#[derive(Debug, Clone, Serialize, Deserialize, Command)]
#[command(upserts)]
struct Do {
    #[command(id)]
    task: TaskId,
    waits: bool,
}

#[derive(Debug, Default, Clone, Aggregate)]
#[aggregate(id = TaskId, error = String, services = Arc<Semaphore>)]
#[aggregate(events(Done), commands(Do))]
struct Task {
    done: u32,
}

#[handlers]
impl Task {
    async fn run(&self, command: Do, ctx: &Context<'_, Arc<Semaphore>>) -> Done {
        if command.waits {
            ctx.services().acquire().await.unwrap().forget();
        }
        Done
    }
    fn done(&mut self, _: &Done) {
        self.done += 1;
    }
}

#[derive(Domain)]
#[domain(aggregates(Task), services = Arc<Semaphore>)]
struct Tasks;

#[tokio::test]
async fn a_command_that_takes_too_long_is_abandoned() {
    let never = Arc::new(Semaphore::new(0));
    let app = App::<Tasks>::with_services(MemoryStore::new(), Arc::clone(&never))
        .layer(TimeoutLayer::new(Duration::from_millis(50)))
        .build();
    let order = |waits| Do {
        task: TaskId(1),
        waits,
    };
    app.execute(order(false)).await.unwrap();
    let error = in_time("the timeout", app.execute(order(true)))
        .await
        .unwrap_err();
    let ExecuteError::Middleware(cause) = error else {
        panic!("{error:?}")
    };
    assert!(cause.is::<Elapsed>(), "{cause:?}");
    never.add_permits(1);
    let loaded = in_time("the state", app.load::<Task>(&TaskId(1)))
        .await
        .unwrap();
    assert_eq!((loaded.done, loaded.version().get()), (1, 1));
    in_time("the next", app.repository::<Task>().execute(order(false)))
        .await
        .unwrap();
    assert_eq!(never.available_permits(), 1);
}

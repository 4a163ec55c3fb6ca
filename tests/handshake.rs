//! A program does not write where a later one has written what it does not know.
#![cfg(feature = "sqlite")]
#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use std::sync::Arc;

use eventide::SchemaVersion;
use eventide::app::RouteError;
use eventide::prelude::*;
use eventide::repository::{AheadEvent, CheckSchemaError, SchemaAhead};
use eventide::schema::DecodeProblem;
use eventide::store::{EventStore, Store, StoreErrorKind};
use support::{Call, Probe};
use tempfile::TempDir;

/// A program, as it was deployed first.
mod first {
    use eventide::prelude::*;
    use serde::{Deserialize, Serialize};

    #[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, AggregateId)]
    pub struct AccountId(String);

    pub fn account(name: &str) -> AccountId {
        AccountId::from(name.to_owned())
    }

    #[derive(Debug, Clone, Serialize, Deserialize, Event)]
    pub struct Deposited {
        pub amount: u64,
    }

    #[derive(Debug, Clone, Serialize, Deserialize, Command)]
    #[command(upserts)]
    pub struct Deposit(#[command(id)] pub AccountId, pub u64);

    pub fn deposit(name: &str, amount: u64) -> Deposit {
        Deposit(account(name), amount)
    }

    #[derive(Debug, Default, Clone, Aggregate)]
    #[aggregate(id = AccountId, error = &'static str, events(Deposited), commands(Deposit))]
    pub struct Account {
        pub balance: u64,
    }

    #[handlers]
    impl Account {
        fn deposit(&self, command: Deposit) -> Result<Option<Deposited>, &'static str> {
            match command.1 {
                0 => Err("nothing to deposit"),
                1 => Ok(None),
                amount => Ok(Some(Deposited { amount })),
            }
        }
        fn deposited(&mut self, event: &Deposited) {
            self.balance += event.amount;
        }
    }

    #[derive(Debug, Clone, Serialize, Deserialize, Event)]
    pub struct Printed;

    #[derive(Debug, Clone, Serialize, Deserialize, Command)]
    #[command(upserts)]
    pub struct Print(#[command(id)] pub AccountId);

    #[derive(Debug, Default, Clone, Aggregate)]
    #[aggregate(id = AccountId, error = &'static str, events(Printed), commands(Print))]
    pub struct Statement;

    #[handlers]
    impl Statement {
        fn print(&self, _: Print) -> Printed {
            Printed
        }
        fn printed(&mut self, _: &Printed) {}
    }

    #[derive(Domain)]
    #[domain(name = "bank", aggregates(Account, Statement))]
    pub struct Bank;
}

/// The same program, as it was deployed later.
mod later {
    use eventide::prelude::*;
    use serde::{Deserialize, Serialize};

    pub use super::first::{AccountId, account};

    #[derive(Debug, Clone, Serialize, Deserialize, Event)]
    #[event(version = 2)]
    pub struct Deposited {
        pub amount: u64,
        #[event(since = 2, default)]
        pub note: String,
    }

    #[derive(Debug, Clone, Serialize, Deserialize, Command)]
    #[command(upserts)]
    pub struct Deposit(#[command(id)] pub AccountId, pub u64);

    pub fn deposit(name: &str, amount: u64) -> Deposit {
        Deposit(account(name), amount)
    }

    #[derive(Debug, Clone, Serialize, Deserialize, Event)]
    pub struct Frozen;

    #[derive(Debug, Clone, Serialize, Deserialize, Command)]
    #[command(upserts)]
    pub struct Freeze(#[command(id)] pub AccountId);

    #[derive(Debug, Default, Clone, Aggregate)]
    #[aggregate(id = AccountId, error = &'static str)]
    #[aggregate(events(Deposited, Frozen), commands(Deposit, Freeze))]
    pub struct Account {
        pub balance: u64,
    }

    #[handlers]
    impl Account {
        fn deposit(&self, command: Deposit) -> Deposited {
            Deposited {
                amount: command.1,
                note: "by card".to_owned(),
            }
        }
        fn freeze(&self, _: Freeze) -> Frozen {
            Frozen
        }
        fn deposited(&mut self, event: &Deposited) {
            self.balance += event.amount;
        }
        fn frozen(&mut self, _: &Frozen) {}
    }

    #[derive(Debug, Clone, Serialize, Deserialize, Event)]
    #[event(version = 2)]
    pub struct Printed {
        #[event(since = 2, default)]
        pub pages: u32,
    }

    #[derive(Debug, Clone, Serialize, Deserialize, Command)]
    #[command(upserts)]
    pub struct Print(#[command(id)] pub AccountId);

    #[derive(Debug, Default, Clone, Aggregate)]
    #[aggregate(id = AccountId, error = &'static str, events(Printed), commands(Print))]
    pub struct Statement;

    #[handlers]
    impl Statement {
        fn print(&self, _: Print) -> Printed {
            Printed { pages: 2 }
        }
        fn printed(&mut self, _: &Printed) {}
    }

    #[derive(Domain)]
    #[domain(name = "bank", aggregates(Account, Statement))]
    pub struct Bank;
}

type First = App<first::Bank>;
type Later = App<later::Bank>;

/// Where both programs keep their events. Each opens it for itself.
enum Place {
    Memory(MemoryStore),
    File(TempDir),
}

impl Place {
    fn all() -> [Self; 2] {
        let folder = tempfile::tempdir().unwrap();
        [Self::Memory(MemoryStore::new()), Self::File(folder)]
    }

    async fn open(&self) -> Arc<dyn Store> {
        match self {
            Self::Memory(store) => Arc::new(store.clone()),
            Self::File(folder) => {
                let store = SqliteStore::open(folder.path().join("bank.db")).await;
                Arc::new(store.unwrap())
            }
        }
    }
}

fn ahead<E: std::fmt::Debug>(error: ExecuteError<E>) -> Vec<AheadEvent> {
    assert!(!error.is_retryable(), "{error}");
    match error {
        ExecuteError::SchemaAhead(SchemaAhead { ahead, .. }) => ahead,
        other => panic!("{other:?}"),
    }
}

fn one(ahead: &[AheadEvent]) -> (&str, &str, u32, Option<u32>) {
    let [one] = ahead else {
        panic!("not one: {ahead:?}")
    };
    let known = one.known.map(SchemaVersion::get);
    (one.aggregate, &one.event_type, one.stored.get(), known)
}

#[tokio::test]
async fn a_program_behind_the_store_writes_nothing_and_reads_on() {
    for place in Place::all() {
        let before = First::new(place.open().await);
        before.execute(first::deposit("a", 10)).await.unwrap();
        let later = Later::new(place.open().await);
        later.check_schema().await.unwrap();
        later.execute(later::deposit("b", 20)).await.unwrap();

        let store = place.open().await;
        let head = store.head().await.unwrap();
        let behind = First::new(Arc::clone(&store));
        // Whatever the command is about, and whatever would come of it; again and again.
        for command in [
            first::deposit("a", 5),
            first::deposit("new", 5),
            first::deposit("a", 1),
            first::deposit("a", 0),
            first::deposit("b", 5),
        ] {
            let refused = behind.execute(command).await.unwrap_err();
            let expected = ("Account", "Deposited", 2, Some(1));
            assert_eq!(one(&ahead(refused)), expected);
        }
        let each = behind.execute_each::<first::Account>([first::deposit("a", 5).into()]);
        for answer in each.await.unwrap() {
            ahead(answer.unwrap_err());
        }
        let by_name = behind.execute_json("Deposit", br#"["a",5]"#).await;
        let Err(RouteError::Execute(refused)) = by_name else {
            panic!("{by_name:?}")
        };
        let expected = "a later program wrote to this store: event `Deposited` of aggregate \
                        `Account` is there in schema version 2, this program knows 1; deploy that \
                        program, or list an event that was dropped here again, as `retired`";
        assert_eq!(refused.to_string(), expected);
        assert_eq!(store.head().await.unwrap(), head);

        let readable = behind.load::<first::Account>(&first::account("a")).await;
        assert_eq!(readable.unwrap().balance, 10);
        let unreadable = behind.load::<first::Account>(&first::account("b")).await;
        assert!(matches!(unreadable, Err(LoadError::Decode(_))));
        // An aggregate the later program wrote nothing new of goes on.
        let print = first::Print(first::account("a"));
        behind.execute(print).await.unwrap();
    }
}

#[tokio::test]
async fn an_event_the_program_does_not_know_stops_it_as_well() {
    for place in Place::all() {
        let later = Later::new(place.open().await);
        let freeze = later::Freeze(later::account("a"));
        later.execute(freeze).await.unwrap();
        let behind = First::new(place.open().await);
        let refused = behind.execute(first::deposit("b", 5)).await.unwrap_err();
        assert_eq!(one(&ahead(refused)), ("Account", "Frozen", 1, None));
    }
}

#[tokio::test]
async fn asked_at_start_up_a_program_names_all_it_does_not_know() {
    for place in Place::all() {
        let behind = First::new(place.open().await);
        behind.check_schema().await.unwrap();
        let later = Later::new(place.open().await);
        later.execute(later::deposit("a", 5)).await.unwrap();
        let (freeze, print) = (
            later::Freeze(later::account("a")),
            later::Print(later::account("a")),
        );
        later.execute(freeze).await.unwrap();
        later.execute(print).await.unwrap();
        let Err(CheckSchemaError::Ahead(error)) = behind.check_schema().await else {
            panic!("it may write")
        };
        let named = error.ahead.iter();
        let named: Vec<_> = named
            .map(|event| one(std::slice::from_ref(event)))
            .collect();
        let expected = [
            ("Account", "Deposited", 2, Some(1)),
            ("Account", "Frozen", 1, None),
            ("Statement", "Printed", 2, Some(1)),
        ];
        assert_eq!(named, expected);
        let statements = behind.repository::<first::Statement>();
        let refused = statements.check_schema().await;
        assert!(
            matches!(refused, Err(CheckSchemaError::Ahead(_))),
            "{refused:?}"
        );
        later.check_schema().await.unwrap();
    }
}

#[tokio::test]
async fn the_store_is_asked_once_and_again_if_it_gave_no_answer() {
    let store = Probe::new();
    let app = First::new(store.clone());
    for asked in 1..=2 {
        store.fail_next(Call::SeenVersions, StoreErrorKind::Unavailable);
        let error = app.execute(first::deposit("a", 5)).await.unwrap_err();
        assert!(error.is_retryable(), "{error:?}");
        assert_eq!(store.count(Call::SeenVersions), asked);
        assert_eq!(store.count(Call::Append), 0);
    }
    for name in ["a", "b", "a"] {
        app.execute(first::deposit(name, 5)).await.unwrap();
    }
    assert_eq!(store.count(Call::SeenVersions), 3);

    let asked = First::new(store.clone());
    let accounts = asked.repository::<first::Account>();
    accounts.check_schema().await.unwrap();
    store.reset();
    accounts.execute(first::deposit("a", 5)).await.unwrap();
    assert_eq!(store.count(Call::SeenVersions), 0);
}

#[tokio::test]
async fn a_running_program_is_stopped_by_what_it_would_have_to_read() {
    for place in Place::all() {
        let store = place.open().await;
        let running = First::new(Arc::clone(&store));
        running.execute(first::deposit("a", 10)).await.unwrap();
        let later = Later::new(place.open().await);
        later.execute(later::deposit("a", 20)).await.unwrap();
        let head = store.head().await.unwrap();
        // It has the stream's state of before in memory.
        for amount in [5, 1, 0] {
            let refused = running.execute(first::deposit("a", amount)).await;
            let Err(ExecuteError::Load(LoadError::Decode(error))) = refused else {
                panic!("{refused:?}")
            };
            assert_eq!(error.version, Version::new(2));
            let newer = matches!(&*error.problem, DecodeProblem::NewerVersion { .. });
            assert!(newer, "{error}");
        }
        assert_eq!(store.head().await.unwrap(), head);
        // Streams that hold nothing newer go on.
        running.execute(first::deposit("b", 5)).await.unwrap();
    }
}

#[tokio::test]
async fn a_later_program_goes_on_where_the_first_one_stopped() {
    for place in Place::all() {
        let first = First::new(place.open().await);
        first.execute(first::deposit("a", 10)).await.unwrap();
        let later = Later::new(place.open().await);
        later.execute(later::deposit("a", 20)).await.unwrap();
        let again = Later::new(place.open().await);
        again.execute(later::deposit("a", 30)).await.unwrap();
        let account = again.load::<later::Account>(&later::account("a")).await;
        assert_eq!(account.unwrap().balance, 60);
    }
}

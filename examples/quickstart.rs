use eventide::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, AggregateId)]
struct AccountId(String);

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
struct Opened { owner: String }

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
struct Deposited { pence: u64 }

#[derive(Debug, Clone, Serialize, Deserialize, Command)]
#[command(creates)]
struct Open { #[command(id)] account: AccountId, owner: String }

#[derive(Debug, Clone, Serialize, Deserialize, Command)]
struct Deposit { #[command(id)] account: AccountId, pence: u64 }

#[derive(Debug, Default, Clone, Aggregate)]
#[aggregate(id = AccountId, error = String, events(Opened, Deposited), commands(Open, Deposit))]
struct Account { owner: String, pence: u64 }

#[handlers]
impl Account {
    fn open(&self, command: Open) -> Opened { Opened { owner: command.owner } }

    fn deposit(&self, command: Deposit) -> Result<Deposited, String> {
        if command.pence == 0 { return Err("nothing to deposit".into()); }
        Ok(Deposited { pence: command.pence })
    }

    fn opened(&mut self, event: &Opened) { self.owner = event.owner.clone(); }

    fn deposited(&mut self, event: &Deposited) { self.pence += event.pence; }
}

#[derive(Domain)]
#[domain(name = "bank", aggregates(Account))]
struct Bank;

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    // Or `SqliteStore::open("bank.db").await?`, to keep the events in a file.
    let app = App::<Bank>::new(MemoryStore::new());
    let account = AccountId::from("A-1".to_owned());

    app.execute(Open { account: account.clone(), owner: "Ada".into() }).await?;
    app.execute(Deposit { account: account.clone(), pence: 2_500 }).await?;
    let refused = app.execute(Deposit { account: account.clone(), pence: 0 }).await;

    let now = app.load::<Account>(&account).await?;
    let then = app.load_at::<Account>(&account, Version::new(1)).await?;
    println!("{} has {} pence, and had {} at version 1", now.owner, now.pence, then.pence);
    println!("a deposit of nothing: {}", refused.unwrap_err());
    Ok(())
}

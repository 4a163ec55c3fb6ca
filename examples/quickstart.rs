//! A bank account, whole: the first screen of the README.
use eventide::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, AggregateId)]
struct AccountId(String);

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
struct Deposited(u64);

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
struct Withdrawn(u64);

#[derive(Debug, Clone, Serialize, Deserialize, Command)]
#[command(upserts)]
struct Deposit(#[command(id)] AccountId, u64);

#[derive(Debug, Clone, Serialize, Deserialize, Command)]
struct Withdraw(#[command(id)] AccountId, u64);

#[derive(Debug, Default, Clone, Aggregate)]
#[aggregate(id = AccountId, error = String)]
#[aggregate(events(Deposited, Withdrawn), commands(Deposit, Withdraw))]
struct Account(u64);

#[handlers]
impl Account {
    fn deposit(&self, command: Deposit) -> Deposited {
        Deposited(command.1)
    }
    fn withdraw(&self, command: Withdraw) -> Result<Withdrawn, String> {
        if command.1 > self.0 {
            return Err(format!("only {} left", self.0));
        }
        Ok(Withdrawn(command.1))
    }
    fn deposited(&mut self, event: &Deposited) {
        self.0 += event.0;
    }
    fn withdrawn(&mut self, event: &Withdrawn) {
        self.0 -= event.0;
    }
}

#[derive(Domain)]
#[domain(aggregates(Account))]
struct Bank;

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let app = App::<Bank>::new(MemoryStore::new());
    let ada = AccountId::from("ada".to_owned());
    app.execute(Deposit(ada.clone(), 25)).await?;
    app.execute(Withdraw(ada.clone(), 10)).await?;
    let refused = app.execute(Withdraw(ada.clone(), 100)).await.unwrap_err();
    let now = app.load::<Account>(&ada).await?;
    let then = app.load_at::<Account>(&ada, Version::new(1)).await?;
    println!("now {}, then {}; {refused}", now.0, then.0);
    Ok(())
}

//! A bank: accounts, and counters that keep snapshots.

use eventide::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, AggregateId)]
pub struct AccountId(String);

pub fn account(name: &str) -> AccountId {
    AccountId::from(name.to_owned())
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
pub struct Opened {
    #[event(tag)]
    pub owner: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
pub struct Deposited {
    pub amount: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
pub struct Withdrawn {
    pub amount: u64,
}

/// Opens an account.
#[derive(Debug, Clone, Serialize, Deserialize, Command)]
#[command(creates)]
pub struct Open {
    #[command(id)]
    pub account: AccountId,
    pub owner: String,
}

pub fn open(name: &str) -> Open {
    Open {
        account: account(name),
        owner: "ada".to_owned(),
    }
}

/// Puts money into an account that is there.
#[derive(Debug, Clone, Serialize, Deserialize, Command)]
pub struct Deposit {
    #[command(id)]
    pub account: AccountId,
    pub amount: u64,
}

pub fn deposit(name: &str, amount: u64) -> Deposit {
    Deposit {
        account: account(name),
        amount,
    }
}

/// Puts money into an account, there or not.
#[derive(Debug, Clone, Serialize, Deserialize, Command)]
#[command(upserts)]
pub struct Give {
    #[command(id)]
    pub account: AccountId,
    pub amount: u64,
}

pub fn give(name: &str, amount: u64) -> Give {
    Give {
        account: account(name),
        amount,
    }
}

/// Takes money out of an account.
#[derive(Debug, Clone, Serialize, Deserialize, Command)]
pub struct Withdraw {
    #[command(id)]
    pub account: AccountId,
    pub amount: u64,
}

pub fn withdraw(name: &str, amount: u64) -> Withdraw {
    Withdraw {
        account: account(name),
        amount,
    }
}

/// Brings the balance up to an amount; does nothing if it is there.
#[derive(Debug, Clone, Serialize, Deserialize, Command)]
pub struct TopUp {
    #[command(id)]
    pub account: AccountId,
    pub to: u64,
}

pub fn top_up(name: &str, to: u64) -> TopUp {
    TopUp {
        account: account(name),
        to,
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("only {balance} left")]
    Insufficient { balance: u64 },
    #[error("nothing to withdraw")]
    Nothing,
}

#[derive(Debug, Default, Clone, PartialEq, Eq, Aggregate)]
#[aggregate(id = AccountId, error = Refused)]
#[aggregate(events(Opened, Deposited, Withdrawn))]
#[aggregate(commands(Open, Deposit, Give, Withdraw, TopUp))]
pub struct Account {
    pub owner: Option<String>,
    pub balance: u64,
}

#[handlers]
impl Account {
    fn open(&self, command: Open) -> Opened {
        Opened {
            owner: command.owner,
        }
    }
    fn deposit(&self, command: Deposit) -> Deposited {
        Deposited {
            amount: command.amount,
        }
    }
    fn give(&self, command: Give) -> Deposited {
        Deposited {
            amount: command.amount,
        }
    }
    fn withdraw(&self, command: Withdraw) -> Result<Withdrawn, Refused> {
        if command.amount == 0 {
            return Err(Refused::Nothing);
        }
        if command.amount > self.balance {
            return Err(Refused::Insufficient {
                balance: self.balance,
            });
        }
        Ok(Withdrawn {
            amount: command.amount,
        })
    }
    fn top_up(&self, command: TopUp) -> Option<Deposited> {
        let amount = command
            .to
            .checked_sub(self.balance)
            .filter(|missing| *missing > 0)?;
        Some(Deposited { amount })
    }
    fn opened(&mut self, event: &Opened) {
        self.owner = Some(event.owner.clone());
    }
    fn deposited(&mut self, event: &Deposited) {
        self.balance += event.amount;
    }
    fn withdrawn(&mut self, event: &Withdrawn) {
        self.balance -= event.amount;
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, AggregateId)]
pub struct CounterId(String);

pub fn counter(name: &str) -> CounterId {
    CounterId::from(name.to_owned())
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
pub struct Counted {
    pub by: u64,
}

/// Counts several times in one go.
#[derive(Debug, Clone, Serialize, Deserialize, Command)]
#[command(upserts)]
pub struct Count {
    #[command(id)]
    pub counter: CounterId,
    pub times: u64,
}

pub fn count(name: &str, times: u64) -> Count {
    Count {
        counter: counter(name),
        times,
    }
}

/// Snapshots every ten events. Each event counts one more than the last, so that an event folded
/// twice, left out or out of order shows in the total.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize, Aggregate)]
#[aggregate(id = CounterId, error = Refused, snapshot(every = 10))]
#[aggregate(events(Counted), commands(Count))]
pub struct Counter {
    pub events: u64,
    pub total: u64,
}

impl Counter {
    /// What the state is after that many events.
    pub fn after(events: u64) -> Self {
        Self {
            events,
            total: events * (events + 1) / 2,
        }
    }
}

#[handlers]
impl Counter {
    fn count(&self, command: Count) -> Vec<Counted> {
        (1..=command.times)
            .map(|n| Counted {
                by: self.events + n,
            })
            .collect()
    }
    fn counted(&mut self, event: &Counted) {
        self.events += 1;
        self.total += event.by;
    }
}

#[derive(Domain)]
#[domain(name = "bank", aggregates(Account, Counter))]
pub struct Bank;

mod common;

use common::*;
use eventide::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
struct Placed<T> {
    order: T,
}

#[derive(Debug, Clone, Deserialize, Command)]
struct Place<T> {
    #[command(id)]
    order: OrderId,
    more: T,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, AggregateId)]
struct Id<T>(T);

#[derive(Outcome)]
enum Either<T> {
    One(T),
}

#[derive(Default, Clone, Aggregate)]
#[aggregate(id = OrderId, error = OrderError, events(), commands())]
struct Order<T>(T);

#[derive(Debug, Default, Clone, Serialize, Deserialize, View)]
#[view(key = OrderId, observes())]
struct Sales<T>(T);

#[derive(Domain)]
#[domain(aggregates())]
struct Shop<const N: usize>;

fn main() {}

//! A domain of whatever aggregates a read model observes.

use std::marker::PhantomData;

use crate::aggregate::{Aggregate, AggregateInfo};
use crate::app::{AnyReceipt, App, CommandOptions, RouteError, unknown_command};
use crate::domain::{AggregateVisitor, Contains, Domain};
use crate::repository::{Repository, RepositorySetup};
use crate::testing::diff::fail;

/// A domain of all aggregates that services `S` serve: what a read model is tested in. None of its
/// commands can be executed.
#[derive(Debug)]
pub struct AnyDomain<S>(PhantomData<fn() -> S>);

impl<S: Send + Sync + 'static> Domain for AnyDomain<S> {
    const NAME: &'static str = "any";
    const AGGREGATES: &'static [AggregateInfo] = &[];

    type Services = S;
    type Repositories = ();

    fn repositories(_: &RepositorySetup<S>) {}

    fn visit<V: AggregateVisitor<S>>(_: &mut V) {}

    async fn route<'a>(
        _: &'a App<Self>,
        name: &'a str,
        _: &'a [u8],
        _: CommandOptions,
    ) -> Result<AnyReceipt, RouteError> {
        Err(unknown_command::<Self>(name))
    }
}

impl<A: Aggregate, S: Send + Sync + 'static> Contains<A> for AnyDomain<S> {
    fn repository((): &()) -> &Repository<A> {
        fail("a test of a read model executes no commands: append what they cause")
    }
}

//! The composition root: the closed list of a domain's aggregates.

use std::future::Future;

use crate::aggregate::{Aggregate, AggregateInfo, ServedBy};
use crate::app::{AnyReceipt, App, CommandOptions, RouteError};
use crate::command::CommandOfOneAggregate;
use crate::private::LockFile;
use crate::read_model::ReadModelInfo;
use crate::repository::{Repository, RepositorySetup};
use crate::view::ViewOf;

/// A closed world of aggregates. Derive it on a unit struct and list them in `#[domain(..)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a domain",
    label = "not a domain",
    note = "put `#[derive(Domain)]` on a unit struct `{Self}` and list its aggregates: `#[domain(name = \"..\", aggregates(..))]`"
)]
pub trait Domain: Sized + Send + Sync + 'static {
    /// The domain's name.
    const NAME: &'static str;

    /// Its aggregates, in the order they are listed.
    const AGGREGATES: &'static [AggregateInfo];

    /// Its views, in the order they are listed.
    const VIEWS: &'static [ReadModelInfo] = &[];

    /// Its projections, in the order they are listed.
    const PROJECTIONS: &'static [ReadModelInfo] = &[];

    /// Its schema lock, if it names one.
    const LOCK: Option<LockFile> = None;

    /// What its aggregates' handlers and upcasters may ask for; `()` if nothing.
    type Services: Send + Sync + 'static;

    /// One repository per aggregate.
    type Repositories: Send + Sync + 'static;

    /// Makes the repositories.
    fn repositories(setup: &RepositorySetup<Self::Services>) -> Self::Repositories;

    /// For generated code: shows `visitor` every aggregate.
    #[doc(hidden)]
    fn visit<V: AggregateVisitor<Self::Services>>(visitor: &mut V);

    /// For generated code: shows `visitor` every view.
    #[doc(hidden)]
    fn visit_views<V: ViewVisitor<Self>>(visitor: &mut V) {
        let _ = visitor;
    }

    /// Executes the command called `name`, given as JSON.
    fn route<'a>(
        app: &'a App<Self>,
        name: &'a str,
        json: &'a [u8],
        options: CommandOptions,
    ) -> impl Future<Output = Result<AnyReceipt, RouteError>> + Send + 'a;
}

/// Something to be done with each aggregate of a domain with services `S`.
pub trait AggregateVisitor<S> {
    /// Does it with `A`.
    fn visit<A: ServedBy<S>>(&mut self);
}

/// Is shown each view of a domain.
#[doc(hidden)]
pub trait ViewVisitor<D: Domain> {
    /// One of them.
    fn visit<V: ViewOf<D>>(&mut self);
}

/// A domain that lists the view `V`; the derive of `Domain` writes it.
#[diagnostic::on_unimplemented(
    message = "EV11: domain `{Self}` leaves out view `{V}`",
    label = "`{V}` is not a view of this domain",
    note = "add `{V}` to `#[domain(views(..))]` on `{Self}`"
)]
pub trait Lists<V>: Domain {}

/// A projection that domain `D` lists; the derive of `Domain` writes it.
#[diagnostic::on_unimplemented(
    message = "EV11: domain `{D}` leaves out projection `{Self}`",
    label = "not a projection of domain `{D}`",
    note = "add `{Self}` to `#[domain(projections(..))]` on `{D}`"
)]
pub trait ProjectionIn<D: Domain> {}

/// The domain lists aggregate `A`. Written by `#[derive(Domain)]`.
#[diagnostic::on_unimplemented(
    message = "EV11: domain `{Self}` leaves out aggregate `{A}`",
    label = "`{A}` is not an aggregate of this domain",
    note = "add `{A}` to `#[domain(aggregates(..))]` on `{Self}`"
)]
pub trait Contains<A: Aggregate>: Domain {
    /// The aggregate's repository.
    fn repository(repositories: &Self::Repositories) -> &Repository<A>;
}

/// A command of one of the aggregates of domain `D`. Holds by itself.
#[diagnostic::on_unimplemented(
    message = "EV11: domain `{D}` leaves out the aggregate of command `{Self}`",
    label = "its aggregate is not in domain `{D}`",
    note = "add the aggregate to `#[domain(aggregates(..))]` on `{D}`"
)]
pub trait CommandIn<D: Domain>: CommandOfOneAggregate {
    /// The repository of the command's aggregate.
    fn repository(repositories: &D::Repositories) -> &Repository<Self::Aggregate>;
}

#[diagnostic::do_not_recommend]
impl<C: CommandOfOneAggregate, D: Contains<C::Aggregate>> CommandIn<D> for C {
    fn repository(repositories: &D::Repositories) -> &Repository<C::Aggregate> {
        D::repository(repositories)
    }
}

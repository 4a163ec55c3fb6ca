//! The derive macros of eventide: they check a domain and write its dispatch.
//!
//! Every macro goes the same way: *parse* reads tokens, the *model* is what was understood, *check*
//! says everything that is wrong with it at once, *expand* writes code and cannot fail. Generated
//! code is small and calls `eventide::__private`; what it decides is decided there. After an error
//! the impls are still written, with the likeliest guess in each hole, so that one mistake is one
//! error.
//!
//! Every attribute also takes `crate = "path"`, for a dependency on `eventide` by another name.
//!
//! Use these through the `eventide` crate.

#![warn(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::unwrap_used
)]

mod aggregate;
mod aggregate_id;
mod command;
mod diagnostics;
mod domain;
mod event;
mod fallback;
mod handlers;
mod item;
mod keys;
mod list;
mod names;
mod outcome;
#[cfg(test)]
mod regressions;
mod spans;
#[cfg(test)]
mod testing;

use proc_macro::TokenStream;

/// Makes a struct an event: a fact, stored as the struct's JSON under its name.
///
/// The struct must also derive `Debug`, `Clone`, `Serialize` and `Deserialize`.
///
/// | key | on | means | default |
/// |---|---|---|---|
/// | `name = ".."` | struct | the stored name | the type's name |
/// | `tag` | field | events can be found by this field across streams | |
/// | `tag = ".."` | field | the same, under another key | the field's name |
#[proc_macro_derive(Event, attributes(event))]
pub fn derive_event(input: TokenStream) -> TokenStream {
    event::derive(input.into()).into()
}

/// Makes a struct a command: an intention, addressed to one aggregate.
///
/// The struct must also derive `Debug`, `Clone` and `Deserialize`.
///
/// | key | on | means | default |
/// |---|---|---|---|
/// | `id` | one field | holds the aggregate's id | required |
/// | `creates` | struct | the aggregate must not exist yet | it must exist |
/// | `upserts` | struct | the aggregate may exist or not | it must exist |
/// | `name = ".."` | struct | the name it is routed by | the type's name |
/// | `validate` | struct | checked by `garde::Validate` first; needs feature `validation` | |
#[proc_macro_derive(Command, attributes(command))]
pub fn derive_command(input: TokenStream) -> TokenStream {
    command::derive(input.into()).into()
}

/// Makes a newtype the identity of an aggregate, with `Display`, `FromStr` and `From`.
///
/// The inner type must have `Display` and `FromStr` that undo each other. The newtype must also
/// derive `Debug`, `Clone`, `PartialEq`, `Eq` and `Hash`.
#[proc_macro_derive(AggregateId, attributes(aggregate_id))]
pub fn derive_aggregate_id(input: TokenStream) -> TokenStream {
    aggregate_id::derive(input.into()).into()
}

/// Makes a struct an aggregate, and writes the enums of its events and commands.
///
/// For `Order` these are `OrderEvent` and `OrderCommand`, as visible as `Order` itself, which is at
/// least as visible as its commands. The struct must also derive `Default` and `Clone`, and for snapshots `Serialize` and `Deserialize`.
///
/// | key | means | default |
/// |---|---|---|
/// | `id = OrderId` | its identity | required |
/// | `error = OrderError` | why it refuses a command | required |
/// | `events(A, B)` | all its events | required |
/// | `commands(C, D)` | all its commands | required |
/// | `snapshot(every = 200)` | a snapshot each 200 events | none |
/// | `snapshot(.., version = 2)` | raise it to drop the snapshots there are | 1 |
/// | `services = Services` | what its handlers may ask for | `()` |
/// | `name = ".."` | the stored name | the type's name |
///
/// A listed type may carry `#[cfg(..)]`, and be renamed in the enum: `sales::Placed as SalesPlaced`.
///
/// It does not compile if an event is not applied (EV01), a command not handled (EV02), one of them
/// listed twice or a command listed by two aggregates (EV04), or two share a stored name (EV08).
#[proc_macro_derive(Aggregate, attributes(aggregate))]
pub fn derive_aggregate(input: TokenStream) -> TokenStream {
    aggregate::derive(input.into()).into()
}

/// Makes an enum of events something a handler can return: one of several events, or none.
///
/// Each variant holds one event, as `Shipped(OrderShipped)`; one without fields means none.
#[proc_macro_derive(Outcome, attributes(outcome))]
pub fn derive_outcome(input: TokenStream) -> TokenStream {
    outcome::derive(input.into()).into()
}

/// Makes a unit struct a domain: the closed list of aggregates that an `App` runs.
///
/// | key | means | default |
/// |---|---|---|
/// | `aggregates(A, B)` | all its aggregates | required |
/// | `name = ".."` | the domain's name | the type's name |
/// | `services = Services` | what the handlers of its aggregates may ask for | `()` |
///
/// It does not compile if two aggregates or two events share a stored name (EV08), or an aggregate
/// or an event is listed twice (EV04).
#[proc_macro_derive(Domain, attributes(domain))]
pub fn derive_domain(input: TokenStream) -> TokenStream {
    domain::derive(input.into()).into()
}

/// Makes the methods of an `impl` block the handlers of an aggregate.
///
/// | form | means |
/// |---|---|
/// | `fn place(&self, command: PlaceOrder) -> Outcome` | decides a command |
/// | `async fn place(&self, command: PlaceOrder, ctx: &Context<Services>) -> Outcome` | the same, with its circumstances |
/// | `fn placed(&mut self, event: &OrderPlaced)` | folds an event into the state |
///
/// The methods stay what they are; beside them come `impl Handle<PlaceOrder>` and
/// `impl Apply<OrderPlaced>`. A method of any other form is refused (EV10), as are an event that the
/// aggregate does not list (EV03), and two methods for one command or event (EV04).
#[proc_macro_attribute]
pub fn handlers(arguments: TokenStream, block: TokenStream) -> TokenStream {
    handlers::expand(arguments.into(), &block.into()).into()
}

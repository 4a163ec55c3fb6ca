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
mod block;
mod code;
mod command;
mod diagnostics;
mod domain;
mod event;
mod fallback;
mod folds;
mod form;
#[cfg(test)]
mod fuzz;
mod handlers;
mod item;
mod keys;
mod list;
mod names;
mod outcome;
mod projection;
mod projects;
mod read_model;
#[cfg(test)]
mod regressions;
mod serde_attrs;
mod shape;
mod signature;
mod spans;
#[cfg(test)]
mod testing;
mod view;

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
/// | `opaque = ".."` | field | its type has no [`Shape`]: only this name is compared with the lock | |
/// | `was("..", ..)` | struct | names it was stored by before | |
/// | `retired` | struct | it is read, and no handler emits it | |
/// | `version = 3` | struct | the number of its present shape | 1 |
///
/// # Versions
///
/// An event that was stored is read for ever. Whoever changes its shape raises `version`, and
/// declares what the new version brought; `since` is always that version.
///
/// | key | on | means |
/// |---|---|---|
/// | `since = 2, default` | field | it is new; older events have the type's `Default` there |
/// | `since = 2, default = ..` | field | it is new; older events have the value of this expression |
/// | `renamed(since = 2, from = client)` | field | its older name; `rename = ".."` if it was stored by another |
/// | `changed(since = 2, from = u32, with = u64::from)` | field | its older type, and the function from it |
/// | `changed(since = 2, from = String, try_with = parse)` | field | the same with a function that can fail |
/// | `removed(since = 2, name = note, ty = String)` | struct | a field that is gone; with `rename = ".."` if need be |
/// | `removed(since = 3, .., added = 2, default)` | struct | a field that came and went |
/// | `previous = OrderPlacedV2` | struct | the version before has a struct of its own, and a step is written by hand |
/// | `services = Prices` | struct | that step is an `UpcastWith` and asks these |
/// | `raw` | struct | versions below the declared ones have no type: they are read as JSON, by an `UpcastRaw` |
/// | `first = "why"` | struct | there is nothing below the declared versions |
///
/// `renamed`, `changed` and `removed` may stand several times, the oldest first. A declared version
/// gets a struct of its own, called like the event with a `V` and the number, and as visible:
///
/// ```
/// use eventide::Event;
/// use eventide::schema::Upcast;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Debug, Clone, Serialize, Deserialize, Event)]
/// #[event(version = 3, removed(since = 2, name = note, ty = String))]
/// struct OrderPlaced {
///     #[event(renamed(since = 2, from = client))]
///     customer: String,
///     #[event(changed(since = 3, from = u32, with = u64::from))]
///     total: u64,
///     #[event(since = 3, default = "AT".to_owned())]
///     country: String,
/// }
///
/// let old = OrderPlacedV1 { client: "ada".to_owned(), total: 7, note: String::new() };
/// let now = OrderPlaced::upcast(OrderPlacedV2::upcast(old));
/// assert_eq!((now.customer.as_str(), now.total, now.country.as_str()), ("ada", 7, "AT"));
/// ```
///
/// Declared and written steps mix: what `previous`, `raw` or `first` say holds for what is below the
/// declared versions. The struct of a written step derives `Event`, too, with the same name:
///
/// ```
/// use eventide::Event;
/// use eventide::schema::Upcast;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Debug, Clone, Serialize, Deserialize, Event)]
/// #[event(name = "LineAdded")]
/// struct LineAddedV1 {
///     line: String,
/// }
///
/// #[derive(Debug, Clone, Serialize, Deserialize, Event)]
/// #[event(version = 2, previous = LineAddedV1)]
/// struct LineAdded {
///     sku: String,
///     quantity: Option<u32>,
/// }
///
/// impl Upcast<LineAddedV1> for LineAdded {
///     fn upcast(old: LineAddedV1) -> Self {
///         match old.line.split_once(" x") {
///             Some((sku, quantity)) => Self { sku: sku.to_owned(), quantity: quantity.parse().ok() },
///             None => Self { sku: old.line, quantity: None },
///         }
///     }
/// }
/// ```
///
/// It does not compile if a version is led to by nothing, twice or from above, if a step is
/// incomplete or of the wrong types, or two fields of one version share a name (EV05).
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
/// | `split(E, F)` | old events that are read as others: `impl Split<Order> for E` | none |
/// | `snapshot(every = 200)` | a snapshot each 200 events | none |
/// | `snapshot(.., version = 2)` | raise it to drop the snapshots there are | 1 |
/// | `services = Services` | what its handlers may ask for | `()` |
/// | `name = ".."` | the stored name | the type's name |
///
/// A listed type may carry `#[cfg(..)]`, and be renamed in the enum: `sales::Placed as SalesPlaced`.
///
/// What is listed in `split(..)` is told as none, one or several of its events:
///
/// ```
/// # use eventide::prelude::*;
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize, AggregateId)]
/// # struct OrderId(String);
/// use eventide::schema::Split;
///
/// #[derive(Debug, Clone, Serialize, Deserialize, Event)]
/// struct StreetChanged { street: String }
///
/// #[derive(Debug, Clone, Serialize, Deserialize, Event)]
/// struct CityChanged { city: String }
///
/// /// As it was stored until last year.
/// #[derive(Debug, Clone, Serialize, Deserialize, Event)]
/// struct OrderMoved { street: String, city: String }
///
/// impl Split<Order> for OrderMoved {
///     type Into = (StreetChanged, CityChanged);
///
///     fn split(self) -> Self::Into {
///         (StreetChanged { street: self.street }, CityChanged { city: self.city })
///     }
/// }
///
/// #[derive(Debug, Default, Clone, Aggregate)]
/// #[aggregate(
///     id = OrderId,
///     error = String,
///     events(StreetChanged, CityChanged),
///     split(OrderMoved),
///     commands(),
/// )]
/// struct Order;
///
/// #[handlers]
/// impl Order {
///     fn street(&mut self, _: &StreetChanged) {}
///     fn city(&mut self, _: &CityChanged) {}
/// }
/// assert_eq!(Order::INFO.split.len(), 1);
/// ```
///
/// It does not compile if an event is not applied (EV01), a command not handled (EV02), one of them
/// listed twice or a command listed by two aggregates (EV04), a version read in two ways (EV05), or
/// two share a stored name (EV08).
#[proc_macro_derive(Aggregate, attributes(aggregate))]
pub fn derive_aggregate(input: TokenStream) -> TokenStream {
    aggregate::derive(input.into()).into()
}

/// Says what a type looks like when it is stored, so that the compiler can compare it with the lock.
///
/// On structs and enums that stand in an event, beside `Serialize` and `Deserialize`, whose
/// attributes it reads; one it cannot respect is refused.
///
/// | key | on | means |
/// |---|---|---|
/// | `opaque = ".."` | type | its serde impls are written by hand: only this name is compared |
/// | `opaque = ".."` | field, variant | the same for one part |
///
/// A type that contains itself has no end, which the compiler reports as a cycle (E0391): the field
/// that leads back takes `#[shape(opaque = "Tree")]`.
#[proc_macro_derive(Shape, attributes(shape))]
pub fn derive_shape(input: TokenStream) -> TokenStream {
    shape::derive(input.into()).into()
}

/// Makes an enum of events something a handler can return: one of several events, or none.
///
/// Each variant holds one event, as `Shipped(OrderShipped)`; one without fields means none.
#[proc_macro_derive(Outcome, attributes(outcome))]
pub fn derive_outcome(input: TokenStream) -> TokenStream {
    outcome::derive(input.into()).into()
}

/// Makes a struct a view: a read model of one document for each key, folded from events.
///
/// The struct must also derive `Debug`, `Default`, `Clone`, `Serialize` and `Deserialize`. What is
/// done with each event is written in a `#[folds] impl` block.
///
/// | key | on | means | default |
/// |---|---|---|---|
/// | `key = Country` | struct | what tells its documents apart | required |
/// | `observes(A, B)` | struct | the aggregates from whose events it is folded | required |
/// | `ignores(E, F)` | struct | events of theirs that change nothing | none |
/// | `name = ".."` | struct | the stored name | the type's name, `CountrySales` as `country-sales` |
/// | `version = 2` | struct | raised when what it folds changes, so that it is built anew | 1 |
/// | `index` | field | documents can be found and ordered by it: a typed column | |
/// | `unique` | field | the same, and no two documents have the same value in it | |
///
/// ```
/// # use eventide::prelude::*;
/// # #[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize, AggregateId)]
/// # struct OrderId(String);
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Debug, Clone, Serialize, Deserialize, Event)]
/// struct OrderPlaced { country: String }
///
/// #[derive(Debug, Clone, Serialize, Deserialize, Event)]
/// struct LineAdded;
///
/// #[derive(Debug, Clone, Serialize, Deserialize, Event)]
/// struct OrderShipped;
///
/// #[derive(Debug, Default, Clone, Aggregate)]
/// #[aggregate(id = OrderId, error = String, events(OrderPlaced, LineAdded, OrderShipped), commands())]
/// struct Order;
/// # #[handlers]
/// # impl Order {
/// #     fn placed(&mut self, _: &OrderPlaced) {}
/// #     fn line_added(&mut self, _: &LineAdded) {}
/// #     fn shipped(&mut self, _: &OrderShipped) {}
/// # }
///
/// /// How many orders each country has sent us, and how many of them we have shipped.
/// #[derive(Debug, Default, Clone, Serialize, Deserialize, View)]
/// #[view(key = String, observes(Order), ignores(LineAdded))]
/// struct CountrySales {
///     #[view(index)]
///     orders: i64,
///     shipped: i64,
/// }
///
/// #[folds]
/// impl CountrySales {
///     fn country(event: &OrderPlaced) -> Remember<String> {
///         Remember(event.country.clone())
///     }
///
///     fn placed(&mut self, _: &OrderPlaced) {
///         self.orders += 1;
///     }
///
///     fn shipped(&mut self, _: &OrderShipped) {
///         self.shipped += 1;
///     }
/// }
/// assert_eq!(CountrySales::INFO.name, "country-sales");
/// ```
///
/// It does not compile if an event of an observed aggregate is neither folded nor ignored (EV06), if
/// the document of one cannot be found, if one is ignored that is not observed, or an aggregate or an
/// event is listed twice (EV04).
#[proc_macro_derive(View, attributes(view))]
pub fn derive_view(input: TokenStream) -> TokenStream {
    view::derive(input.into()).into()
}

/// Makes a unit struct a domain: the closed list of aggregates and views that an `App` runs.
///
/// | key | means | default |
/// |---|---|---|
/// | `aggregates(A, B)` | all its aggregates | required |
/// | `views(V, W)` | all its views | none |
/// | `name = ".."` | the domain's name | the type's name |
/// | `services = Services` | what the handlers of its aggregates may ask for | `()` |
/// | `lock = "eventide.lock"` | what is stored of its events, from the package's root; with `./` or `../` in front from the source file | none |
///
/// It does not compile if two aggregates, events or views share a stored name (EV08), or one of them
/// is listed twice (EV04), if a view observes an aggregate that is not listed (EV11), or an event is
/// not what the lock holds of it (EV07).
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
/// aggregate does not list or that is retired (EV03), and two methods for one command or event (EV04).
#[proc_macro_attribute]
pub fn handlers(arguments: TokenStream, block: TokenStream) -> TokenStream {
    handlers::expand(arguments.into(), &block.into()).into()
}

/// Makes the functions of an `impl` block what a view does with events.
///
/// | form | means |
/// |---|---|
/// | `fn placed(&mut self, event: &OrderPlaced)` | folds an event into a document |
/// | `fn placed(&mut self, event: &OrderPlaced) -> Result<Change, Error>` | the same, and may delete the document or fail |
/// | `fn country(event: &OrderPlaced) -> Country` | names the document that the event changes |
/// | `fn country(event: &OrderPlaced) -> Remember<Country>` | the same, also for later events of its stream |
///
/// Each may take a `&RecordedEvent` as well. An event may change none or several documents: its key
/// is then an `Option`, `Vec` or array. Where no function names the key of an event, its document is
/// that of the aggregate's id, if such is the view's key, or of the key that was remembered.
///
/// The functions stay what they are; beside them comes `impl Observe<OrderPlaced>`. One of any other form
/// is refused (EV10), as are two for one event (EV04), a key without a fold (EV06), and an event that
/// the view does not observe.
#[proc_macro_attribute]
pub fn folds(arguments: TokenStream, block: TokenStream) -> TokenStream {
    folds::expand(arguments.into(), &block.into()).into()
}

/// Makes a struct a projection: handlers that write, each event to tables of the user's own or to
/// another system.
///
/// | key | means | default |
/// |---|---|---|
/// | `target = Postgres` | what its handlers write to: the `Target` of a store, or `Outside` | required |
/// | `observes(A, B)` | the aggregates it observes | required |
/// | `ignores(E, F)` | events of theirs that it does nothing with | none |
/// | `name = ".."` | the stored name | the type's name in `kebab-case` |
/// | `version = 2` | raised when what it writes changes: it begins anew | 1 |
/// | `on_failure = stop` | what becomes of an event whose handler fails: `park`, `retry`, `stop`, or a function `fn(&Self, &Failure) -> OnFailure` | `park` |
///
/// What it does with each event stands in a [`#[projects]`](macro@projects) block. An event that is
/// neither handled nor ignored does not compile (EV06).
#[proc_macro_derive(Projection, attributes(projection))]
pub fn derive_projection(input: TokenStream) -> TokenStream {
    projection::derive(input.into()).into()
}

/// Makes the methods of an `impl` block the handlers of a projection.
///
/// | form | means |
/// |---|---|
/// | `async fn placed(&self, event: &OrderPlaced, tx: &Tx) -> Result<(), Error>` | handles an event |
/// | `async fn placed(&self, event: &OrderPlaced, recorded: &RecordedEvent, tx: &Tx) -> Result<(), Error>` | the same, with its record |
/// | `async fn placed(&self, events: &[Occurred<'_, OrderPlaced>], tx: &Tx) -> Result<(), Error>` | handles several that lie side by side in the log |
///
/// `Tx` is what its target gives: the transaction of the database, or a `Delivery`. A handler that
/// takes none writes nothing with it; one that does not wait need not be `async`.
///
/// The methods stay what they are; beside them comes `impl Observe<OrderPlaced>`. One of any other
/// form is refused (EV10), as are two for one event (EV04), and an event that the projection does not
/// observe.
#[proc_macro_attribute]
pub fn projects(arguments: TokenStream, block: TokenStream) -> TokenStream {
    projects::expand(arguments.into(), &block.into()).into()
}

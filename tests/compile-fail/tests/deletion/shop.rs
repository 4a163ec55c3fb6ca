//! A domain of which every marked line is needed: without it the build fails, with the words that
//! stand behind the mark.

use eventide::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, AggregateId)] // essential: `OrderId` is not an aggregate id
pub struct OrderId(String);

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, AggregateId)] // essential: `InvoiceId` is not an aggregate id
pub struct InvoiceId(u64);

#[derive(Debug, Clone, Serialize, Deserialize, Event)] // essential: `OrderPlaced` is not an event
pub struct OrderPlaced;

#[derive(Debug, Clone, Serialize, Deserialize, Event)] // essential: `LineAdded` is not an event
pub struct LineAdded {
    quantity: u32,
}

#[derive(Debug, Clone, Serialize, Deserialize, Event)] // essential: `OrderShipped` is not an event
pub struct OrderShipped;

#[derive(Debug, Clone, Serialize, Deserialize, Event)] // essential: `InvoiceIssued` is not an event
pub struct InvoiceIssued;

/// Another module may well have events of the same type names.
pub mod archive {
    use eventide::prelude::*;
    use serde::{Deserialize, Serialize};

    #[derive(Debug, Clone, Serialize, Deserialize, Event)]
    #[event(name = "archived-order-placed")] // essential: EV08
    pub struct OrderPlaced;

    #[derive(Debug, Clone, Serialize, Deserialize, Event)]
    #[event(name = "archived-line-added")] // essential: EV08
    pub struct LineAdded;
}

#[derive(Debug, Clone, Deserialize, Command)] // essential: `PlaceOrder` is not a command
#[command(creates)]
pub struct PlaceOrder {
    #[command(id)] // essential: `PlaceOrder` does not say whom it is addressed to
    order: OrderId,
}

#[derive(Debug, Clone, Deserialize, Command)] // essential: `AddLine` is not a command
pub struct AddLine {
    #[command(id)] // essential: `AddLine` does not say whom it is addressed to
    order: OrderId,
    quantity: u32,
}

#[derive(Debug, Clone, Deserialize, Command)] // essential: `ShipOrder` is not a command
pub struct ShipOrder {
    #[command(id)] // essential: `ShipOrder` does not say whom it is addressed to
    order: OrderId,
}

#[derive(Debug, Clone, Deserialize, Command)] // essential: `IssueInvoice` is not a command
pub struct IssueInvoice {
    #[command(id)] // essential: `IssueInvoice` does not say whom it is addressed to
    invoice: InvoiceId,
}

#[derive(Outcome)] // essential: EV03
pub enum Shipped {
    Now(OrderShipped),
    Already,
}

#[derive(Debug, Default, Clone, Serialize, Deserialize, Aggregate)] // essential: `Order` is not an aggregate
#[aggregate(
    id = OrderId, // essential: `Order` leaves out `id`
    error = String, // essential: `Order` leaves out `error`
    events(
        OrderPlaced, // essential: EV03
        LineAdded, // essential: EV03
        OrderShipped, // essential: EV03
        archive::OrderPlaced as ArchivedOrderPlaced,
    ),
    commands(
        PlaceOrder, // essential: `PlaceOrder` is not a command of any aggregate
        AddLine, // essential: `AddLine` is not a command of any aggregate
        ShipOrder, // essential: `ShipOrder` is not a command of any aggregate
    ),
    services = u32, // essential: mismatched types
    snapshot(every = 200),
)]
pub struct Order {
    quantity: u32,
    shipped: bool,
}

#[handlers] // essential: EV01
impl Order {
    fn place(&self, _: PlaceOrder) -> Result<OrderPlaced, String> { Ok(OrderPlaced) } // essential: EV02

    async fn add_line(&self, command: AddLine, ctx: &Context<'_, u32>) -> Result<LineAdded, String> { Ok(LineAdded { quantity: command.quantity.min(*ctx.services()) }) } // essential: EV02

    fn ship(&self, _: ShipOrder) -> Shipped { if self.shipped { Shipped::Already } else { Shipped::Now(OrderShipped) } } // essential: EV02

    fn placed(&mut self, _: &OrderPlaced) {} // essential: EV01

    fn line_added(&mut self, event: &LineAdded) { self.quantity += event.quantity; } // essential: EV01

    fn shipped(&mut self, _: &OrderShipped) { self.shipped = true; } // essential: EV01

    fn archived(&mut self, _: &archive::OrderPlaced) {} // essential: EV01
}

#[derive(Debug, Default, Clone, Aggregate)] // essential: `Invoice` is not an aggregate
#[aggregate(id = InvoiceId, error = String, events(InvoiceIssued, archive::LineAdded), commands(IssueInvoice))] // essential: `Invoice` leaves out `id`, `error`, `events`, `commands`
pub struct Invoice;

#[handlers] // essential: EV01
impl Invoice {
    fn issue(&self, _: IssueInvoice) -> Option<InvoiceIssued> { Some(InvoiceIssued) } // essential: EV02

    fn issued(&mut self, _: &InvoiceIssued) {} // essential: EV01

    fn line_added(&mut self, _: &archive::LineAdded) {} // essential: EV01
}

#[derive(Debug, Default, Clone, Serialize, Deserialize, View)] // essential: `Totals` is not a view
#[view(
    key = String, // essential: `Totals` leaves out `key`
    observes(
        Order, // essential: view `totals` folds `LineAdded`, which is no event of the aggregates it observes
        Invoice, // essential: view `totals` ignores `InvoiceIssued`, which is no event of the aggregates it observes
    ),
    ignores(
        OrderShipped, // essential: EV06
        InvoiceIssued, // essential: EV06
        archive::OrderPlaced, // essential: EV06
        archive::LineAdded, // essential: EV06
    ),
)]
pub struct Totals {
    quantity: u32,
}

#[folds] // essential: EV06
impl Totals {
    fn all(_: &OrderPlaced) -> Remember<String> { Remember("all".to_owned()) } // essential: view `totals` has no way to find the document of event `OrderPlaced`

    fn placed(&mut self, _: &OrderPlaced) {} // essential: EV06

    fn line_added(&mut self, event: &LineAdded) { self.quantity += event.quantity; } // essential: EV06
}

#[derive(Domain)] // essential: `Shop` is not a domain
#[domain(
    aggregates(
        Order, // essential: EV11
        Invoice, // essential: EV11
    ),
    views(
        Totals, // essential: EV11
    ),
    services = u32, // essential: `()` does not provide `u32`
)]
pub struct Shop;

/// What the commands are for.
pub async fn trade(app: &App<Shop>, order: OrderId, invoice: InvoiceId) {
    let _ = app.execute(PlaceOrder { order: order.clone() }).await;
    let _ = app.execute(AddLine { order: order.clone(), quantity: 1 }).await;
    let _ = app.execute(ShipOrder { order: order.clone() }).await;
    let _ = app.execute(IssueInvoice { invoice: invoice.clone() }).await;
}

/// What the view is for.
pub fn read<D: eventide::domain::Lists<V>, V: View>() {}

pub fn totals() {
    read::<Shop, Totals>();
}

fn main() {}

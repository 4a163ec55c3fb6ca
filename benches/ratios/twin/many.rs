//! Many orders, each behind its lock: load from memory, decide, store, fold.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use tokio::sync::Mutex as AsyncMutex;

use super::row::Row;
use crate::append::Shop;
use crate::by_hand::Order;
use crate::samples;

/// Where rows are stored, durably.
pub(crate) trait Sink: Clone + Send + Sync + 'static {
    fn store(&self, row: Row) -> impl Future<Output = ()> + Send;
}

type Orders = HashMap<u64, Arc<AsyncMutex<State>>>;

#[derive(Default)]
struct State {
    order: Order,
    version: i64,
}

/// A shop by hand.
#[derive(Clone)]
pub(crate) struct Many<S> {
    sink: S,
    orders: Arc<Mutex<Orders>>,
}

impl<S> Many<S> {
    pub(crate) fn new(sink: S) -> Self {
        Self {
            sink,
            orders: Arc::default(),
        }
    }

    fn state(&self, order: u64) -> Arc<AsyncMutex<State>> {
        let mut orders = self.orders.lock().unwrap();
        Arc::clone(orders.entry(order).or_default())
    }
}

impl<S: Sink> Shop for Many<S> {
    async fn place(&self, order: u64) {
        let state = self.state(order);
        let mut state = state.lock().await;
        let placed = samples::placed();
        let row = Row::new(order, 1, "OrderPlaced", &placed);
        self.sink.store(row).await;
        state.order.placed(&placed);
        state.version = 1;
    }

    async fn add_line(&self, order: u64) {
        let state = self.state(order);
        let mut state = state.lock().await;
        let added = state.order.add_line(samples::add_line(order)).unwrap();
        let row = Row::new(order, state.version + 1, "LineAdded", &added);
        self.sink.store(row).await;
        state.order.line_added(&added);
        state.version += 1;
    }
}

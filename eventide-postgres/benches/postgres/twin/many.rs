//! Many orders, each behind its lock: decide on the state in memory, store, fold.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use tokio::sync::Mutex as AsyncMutex;

use super::group::Grouped;
use super::row::Row;
use crate::by_hand::Order;
use crate::clients::Contestant;
use crate::native::order_of;
use crate::samples;

type Orders = HashMap<u64, Arc<AsyncMutex<State>>>;

#[derive(Default)]
struct State {
    order: Order,
    version: i64,
}

/// A shop by hand.
#[derive(Clone)]
pub(crate) struct Many {
    rows: Grouped,
    orders: Arc<Mutex<Orders>>,
}

impl Many {
    pub(crate) async fn connect(address: &str) -> Self {
        Self {
            rows: Grouped::connect(address).await,
            orders: Arc::default(),
        }
    }

    fn state(&self, order: u64) -> Arc<AsyncMutex<State>> {
        let mut orders = self.orders.lock().unwrap();
        Arc::clone(orders.entry(order).or_default())
    }
}

impl Contestant for Many {
    async fn ask(&self, client: u64, turn: u64) {
        let order = order_of(client, turn, false);
        let state = self.state(order);
        let mut state = state.lock().await;
        let added = state.order.add_line(samples::add_line(order)).unwrap();
        let row = Row::of_event(order, state.version + 1, "LineAdded", &added);
        self.rows.store(row).await;
        state.order.line_added(&added);
        state.version += 1;
    }
}

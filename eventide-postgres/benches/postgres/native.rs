//! Ours: requests to the store, and commands to a repository on it.

use eventide::prelude::*;
use eventide_core::store::{AppendRequest, CommandMark, EventStore, ExpectedVersion, StreamAppend};
use eventide_core::{NewEvent, SchemaVersion, StreamId};
use eventide_postgres::PostgresStore;
use uuid::Uuid;

use crate::clients::{Contestant, STREAMS_EACH};
use crate::order::Order;
use crate::samples;
use crate::server::Bench;

pub(crate) const AGGREGATE_TYPE: &str = "Order";
pub(crate) const EVENT_TYPE: &str = "LineAdded";

/// 200 bytes of JSON.
pub(crate) const PAYLOAD: &[u8] = br#"{"sku":"85123A","description":"WHITE HANGING HEART T-LIGHT HOLDER","quantity":6,"unitPrice":255,"customer":17850,"country":"United Kingdom","note":"leave it with the neighbours","campaign":"AUTUMN-2010"}"#;
const _: () = assert!(PAYLOAD.len() >= 200 && PAYLOAD.len() < 210, "as it says");

pub(crate) fn open(bench: &Bench, address: &str) -> PostgresStore {
    bench
        .runtime
        .block_on(PostgresStore::open(address))
        .unwrap()
}

/// A request for one event that a command caused.
pub(crate) fn request(stream: StreamId, expected: ExpectedVersion) -> AppendRequest {
    let command = CommandId::from(Uuid::now_v7());
    AppendRequest::to(StreamAppend {
        stream,
        expected,
        events: vec![NewEvent {
            id: Uuid::now_v7().into(),
            event_type: EVENT_TYPE.into(),
            schema_version: SchemaVersion::FIRST,
            payload: PAYLOAD.to_vec(),
            metadata: Metadata::of_command(command),
            tags: Vec::new(),
        }],
        commands: vec![CommandMark {
            id: command,
            events: 1,
        }],
    })
}

/// The stream a request goes to, and the version it expects.
pub(crate) fn place(client: u64, turn: u64) -> (String, u64) {
    let id = format!("{client}-{}", turn % STREAMS_EACH);
    (id, turn / STREAMS_EACH)
}

/// Asks the store itself.
#[derive(Clone)]
pub(crate) struct Appends(pub(crate) PostgresStore);

impl Contestant for Appends {
    async fn ask(&self, client: u64, turn: u64) {
        let (id, version) = place(client, turn);
        let stream = StreamId::new(AGGREGATE_TYPE, id).unwrap();
        let expected = ExpectedVersion::Exact(Version::new(version));
        self.0.append(request(stream, expected)).await.unwrap();
    }
}

/// Asks a repository: each client has its orders, or all want the same.
#[derive(Clone)]
pub(crate) struct Commands {
    repository: Repository<Order>,
    hot: bool,
}

impl Commands {
    pub(crate) fn new(bench: &Bench, store: &PostgresStore, clients: u64, hot: bool) -> Self {
        let repository = Repository::new(store);
        let orders = if hot { 1 } else { clients * STREAMS_EACH };
        bench.runtime.block_on(async {
            for order in 0..orders {
                let place = samples::place_order(order);
                repository.execute(place).await.unwrap();
            }
        });
        Self { repository, hot }
    }
}

impl Contestant for Commands {
    async fn ask(&self, client: u64, turn: u64) {
        let order = order_of(client, turn, self.hot);
        let command = samples::add_line(order);
        self.repository.execute(command).await.unwrap();
    }
}

/// The order a request is about.
pub(crate) fn order_of(client: u64, turn: u64, hot: bool) -> u64 {
    if hot {
        0
    } else {
        client * STREAMS_EACH + turn % STREAMS_EACH
    }
}

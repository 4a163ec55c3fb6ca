//! Executing commands on the embedded store, durably, on a real disk.

use std::path::Path;
use std::time::{Duration, Instant};

use eventide::prelude::*;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use crate::order::Order;
use crate::samples;
use crate::support::{Args, Table, interleaved};
use crate::twin::{Grouped, Hot, Many, Writer, bare_loop};

/// How many orders each client works on in turn.
const ORDERS_EACH: u64 = 4;

/// A program that takes orders.
pub(crate) trait Shop: Clone + Send + Sync + 'static {
    fn place(&self, order: u64) -> impl Future<Output = ()> + Send;
    fn add_line(&self, order: u64) -> impl Future<Output = ()> + Send;
}

impl Shop for Repository<Order> {
    async fn place(&self, order: u64) {
        self.execute(samples::place_order(order)).await.unwrap();
    }

    async fn add_line(&self, order: u64) {
        self.execute(samples::add_line(order)).await.unwrap();
    }
}

/// Who asks for what.
#[derive(Clone, Copy)]
struct Load {
    clients: u64,
    commands_each: u32,
    /// All clients want order 0.
    hot: bool,
}

impl Load {
    fn orders(self) -> u64 {
        if self.hot {
            1
        } else {
            self.clients * ORDERS_EACH
        }
    }

    fn commands(self) -> u32 {
        u32::try_from(self.clients).unwrap() * self.commands_each
    }
}

pub(crate) fn run(args: &Args, table: &mut Table) {
    let many = |clients, commands_each| Load {
        clients,
        commands_each,
        hot: false,
    };
    let one = many(1, args.size(200, 100));
    let hot = Load {
        hot: true,
        ..many(32, args.size(60, 30))
    };
    let mut contest =
        |name: &str, load, twin: fn(&Runtime, &Path, Load) -> Sampler, target: Option<f64>| {
            if args.wants(name) {
                let folder = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
                let runtime = Runtime::new().unwrap();
                let mut ours = ours(&runtime, &database(&runtime, &folder, "ours"), load);
                let mut twin = twin(&runtime, &database(&runtime, &folder, "twin"), load);
                let results = interleaved(args.size(41, 7), || ours(&runtime), || twin(&runtime));
                table.row(name, load.commands(), results, target);
            }
        };
    contest("append, 1 client", one, one_by_one, Some(0.9));
    // For comparison only: a program with other tasks cannot block its thread like that.
    contest("append, 1 client, twin blocks", one, bare, None);
    contest(
        "append, 32 clients",
        many(32, args.size(60, 30)),
        grouped,
        Some(0.85),
    );
    contest(
        "append, 128 clients",
        many(128, args.size(30, 15)),
        grouped,
        Some(0.85),
    );
    contest("append, 32 clients on one order", hot, sequenced, Some(0.8));
}

/// Takes a sample.
type Sampler = Box<dyn FnMut(&Runtime) -> Duration>;

fn ours(runtime: &Runtime, file: &Path, load: Load) -> Sampler {
    let store = runtime.block_on(SqliteStore::open(file)).unwrap();
    opened(runtime, Repository::<Order>::new(&store), load)
}

fn one_by_one(runtime: &Runtime, file: &Path, load: Load) -> Sampler {
    opened(runtime, Many::new(Writer::start(file)), load)
}

fn grouped(runtime: &Runtime, file: &Path, load: Load) -> Sampler {
    let writer = Writer::start(file);
    let grouped = runtime.block_on(async { Grouped::start(writer) });
    opened(runtime, Many::new(grouped), load)
}

fn sequenced(runtime: &Runtime, file: &Path, load: Load) -> Sampler {
    let writer = Writer::start(file);
    opened(
        runtime,
        runtime.block_on(async { Hot::start(writer) }),
        load,
    )
}

fn bare(_: &Runtime, file: &Path, load: Load) -> Sampler {
    let mut sample = bare_loop(file, load.orders());
    Box::new(move |_| sample(load.commands()))
}

/// A fresh file with eventide's tables.
fn database(runtime: &Runtime, folder: &TempDir, name: &str) -> std::path::PathBuf {
    let file = folder.path().join(name).with_extension("db");
    let made = async { SqliteStore::open(&file).await?.close().await };
    runtime.block_on(made).unwrap();
    file
}

fn opened<S: Shop>(runtime: &Runtime, shop: S, load: Load) -> Sampler {
    let places = async {
        for order in 0..load.orders() {
            shop.place(order).await;
        }
    };
    runtime.block_on(places);
    Box::new(move |runtime| {
        let mut clients = JoinSet::new();
        let started = Instant::now();
        for client in 0..load.clients {
            let shop = shop.clone();
            clients.spawn_on(
                async move {
                    for n in 0..u64::from(load.commands_each) {
                        let order = client * ORDERS_EACH + n % ORDERS_EACH;
                        shop.add_line(if load.hot { 0 } else { order }).await;
                    }
                },
                runtime.handle(),
            );
        }
        runtime.block_on(clients.join_all());
        started.elapsed()
    })
}

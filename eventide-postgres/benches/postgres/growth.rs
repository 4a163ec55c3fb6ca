//! What a longer past costs: a store with many events against one with 100,000.

use std::time::{Duration, Instant};

use eventide_core::StreamId;
use eventide_core::store::{EventStore, ExpectedVersion, StreamQuery};
use eventide_postgres::PostgresStore;

use crate::clients::{Contestant, Load, Sampler};
use crate::fill::{fill, stream_id, streams};
use crate::native::{AGGREGATE_TYPE, open, request};
use crate::server::Bench;
use crate::support::{Args, Table, interleaved};

const FEW: u64 = 100_000;

/// An append to the longer log may take this many times as long.
const SLOWER: f64 = 1.3;

/// How many streams are read in a sample.
const READS: u32 = 200;

/// A step from one stream to the next that is far and meets all of them.
const STRIDE: u64 = 7_368_787;

pub(crate) fn run(args: &Args, bench: &Bench, table: &mut Table) {
    let mut sizes = vec![args.size(1_000_000, 200_000)];
    if args.full {
        sizes.push(10_000_000);
    }
    for many in sizes {
        let append = format!("grown, append, {many} against {FEW}");
        let load = format!("grown, load 10 events, {many} against {FEW}");
        if args.wants(&append) || args.wants(&load) {
            let few = Grown::new(bench, FEW);
            let many = Grown::new(bench, many);
            if args.wants(&load) {
                let results =
                    interleaved(args.size(11, 3), || many.reads(bench), || few.reads(bench));
                table.row(&load, READS, results, None);
            }
            if args.wants(&append) {
                appends(args, bench, table, &append, &few, &many);
            }
            few.end(bench);
            many.end(bench);
        }
    }
}

fn appends(args: &Args, bench: &Bench, table: &mut Table, name: &str, few: &Grown, many: &Grown) {
    let load = Load {
        clients: 128,
        turns: args.size(60, 20),
    };
    let mut few = Sampler::new(few.visitor(), load);
    let mut many = Sampler::new(many.visitor(), load);
    let results = interleaved(
        args.size(21, 5),
        || many.sample(&bench.runtime),
        || few.sample(&bench.runtime),
    );
    table.row(name, load.requests(), results, Some(1.0 / SLOWER));
    let (many, few) = (many.latencies, few.latencies);
    table.latencies(many.percentiles(), few.percentiles(), None);
}

/// A store with a past.
struct Grown {
    address: String,
    store: PostgresStore,
    streams: u64,
}

impl Grown {
    fn new(bench: &Bench, events: u64) -> Self {
        let address = bench.database();
        fill(bench, &address, events);
        Self {
            store: open(bench, &address),
            address,
            streams: streams(events),
        }
    }

    fn visitor(&self) -> Visitor {
        Visitor {
            store: self.store.clone(),
            streams: self.streams,
        }
    }

    fn reads(&self, bench: &Bench) -> Duration {
        bench.runtime.block_on(async {
            let started = Instant::now();
            for n in 0..u64::from(READS) {
                let stream = stream(n, self.streams);
                let query = StreamQuery::default();
                let page = self.store.read_stream(&stream, query).await.unwrap();
                assert!(page.events.len() >= 10, "{stream} has its events");
            }
            started.elapsed()
        })
    }

    fn end(self, bench: &Bench) {
        bench.runtime.block_on(self.store.close()).unwrap();
        bench.drop(&self.address);
    }
}

/// Appends to streams that are there, far apart.
#[derive(Clone)]
struct Visitor {
    store: PostgresStore,
    streams: u64,
}

impl Contestant for Visitor {
    async fn ask(&self, client: u64, turn: u64) {
        let stream = stream(turn * 128 + client, self.streams);
        let request = request(stream, ExpectedVersion::Any);
        self.store.append(request).await.unwrap();
    }
}

fn stream(n: u64, streams: u64) -> StreamId {
    let id = stream_id(n.wrapping_mul(STRIDE) % streams);
    StreamId::new(AGGREGATE_TYPE, id).unwrap()
}

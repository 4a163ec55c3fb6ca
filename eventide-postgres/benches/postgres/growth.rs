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

/// After so many appends, most pages of the index of 10,000,000 events by stream were changed: there
/// are some 90,000 of them.
const PAGES: u32 = 400_000;

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
    let mut contest = Contest {
        many: Sampler::new(many.visitor(), load),
        few: Sampler::new(few.visitor(), load),
        load,
        samples: args.size(21, 5),
    };
    // PostgreSQL writes a page to its own log in full when it is changed for the first time after a
    // checkpoint. The short past has few pages, all of them changed at once; those of the long one take
    // a while, a small part of the time between two checkpoints. That while is shown, and then what
    // lasts.
    contest.row(bench, table, &format!("{name}, fresh"), None);
    for _ in 0..args.size(PAGES, PAGES / 10).div_ceil(load.requests()) {
        contest.many.sample(&bench.runtime);
        contest.few.sample(&bench.runtime);
    }
    contest.row(bench, table, name, Some(1.0 / SLOWER));
}

/// The long past against the short one.
struct Contest {
    many: Sampler<Visitor>,
    few: Sampler<Visitor>,
    load: Load,
    samples: usize,
}

impl Contest {
    fn row(&mut self, bench: &Bench, table: &mut Table, name: &str, target: Option<f64>) {
        let Self {
            many,
            few,
            load,
            samples,
        } = self;
        many.latencies.forget();
        few.latencies.forget();
        let results = interleaved(
            *samples,
            || many.sample(&bench.runtime),
            || few.sample(&bench.runtime),
        );
        table.row(name, load.requests(), results, target);
        let (many, few) = (many.latencies.percentiles(), few.latencies.percentiles());
        table.latencies(many, few, None);
    }
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

//! Appending, durably.

use crate::clients::{Contestant, Load, Sampler};
use crate::native::{Appends, Commands, open};
use crate::server::Bench;
use crate::support::{Args, Cpu, Table, interleaved};
use crate::twin::{Grouped, Hot, Many, Single};

/// How many times the median a request may take, for one in a hundred.
const SPREAD: f64 = 3.0;

/// A row: its name, what is asked, and what is asked of it.
struct Contest<'a> {
    name: &'a str,
    load: Load,
    rounds: usize,
    target: Option<f64>,
    spread: Option<f64>,
}

pub(crate) fn run(args: &Args, bench: &Bench, table: &mut Table) {
    let contest = |name, clients, turns: u64, target| Contest {
        name,
        load: Load {
            clients,
            turns: args.size(turns, turns / 4),
        },
        rounds: args.size(21, 5),
        target: Some(target),
        spread: (clients == 128).then_some(SPREAD),
    };
    let one = contest("append, 1 client", 1, 400, 0.95);
    if args.wants(one.name) {
        run_one(bench, table, &one, Appends, Single::connect);
    }
    for grouped in [
        contest("append, 32 clients", 32, 120, 0.85),
        contest("append, 128 clients", 128, 60, 0.85),
        contest("append, 512 clients", 512, 32, 0.85),
    ] {
        if args.wants(grouped.name) {
            run_one(bench, table, &grouped, Appends, Grouped::connect);
        }
    }
    for commands in [
        contest("command, 32 clients", 32, 120, 0.85),
        contest("command, 128 clients", 128, 60, 0.85),
    ] {
        if args.wants(commands.name) {
            let ours = |store| Commands::new(bench, &store, commands.load.clients, false);
            run_one(bench, table, &commands, ours, Many::connect);
        }
    }
    let hot = contest("command, 32 clients on one order", 32, 120, 0.8);
    if args.wants(hot.name) {
        let ours = |store| Commands::new(bench, &store, hot.load.clients, true);
        run_one(bench, table, &hot, ours, Hot::connect);
    }
}

fn run_one<Ours: Contestant, Twin: Contestant>(
    bench: &Bench,
    table: &mut Table,
    contest: &Contest<'_>,
    ours: impl FnOnce(eventide_postgres::PostgresStore) -> Ours,
    twin: impl AsyncFnOnce(&str) -> Twin,
) {
    let databases = [bench.database(), bench.database()];
    let store = open(bench, &databases[0]);
    let mut ours = Sampler::new(ours(store.clone()), contest.load);
    let before = store.stats();
    let twin = bench.runtime.block_on(twin(&databases[1]));
    let mut twin = Sampler::new(twin, contest.load);
    let server_before = databases.each_ref().map(|database| bench.cpu(database));
    let results = interleaved(
        contest.rounds,
        || ours.sample(&bench.runtime),
        || twin.sample(&bench.runtime),
    );
    let requests = contest.load.requests();
    table.row(contest.name, requests, results, contest.target);
    table.latencies(
        ours.latencies.percentiles(),
        twin.latencies.percentiles(),
        contest.spread,
    );
    let stats = store.stats();
    let commits = stats.commits - before.commits;
    let per_commit = (stats.appends - before.appends) / commits.max(1);
    println!("    ours: {per_commit} requests per commit");
    table.note("ours_requests_per_commit", per_commit.into());
    let [server_ours, server_twin] =
        [0, 1].map(|of| bench.cpu(&databases[of]).saturating_sub(server_before[of]));
    table.cpu(
        Cpu::each(ours.cpu, server_ours, ours.requests),
        Cpu::each(twin.cpu, server_twin, twin.requests),
    );
    bench.runtime.block_on(store.close()).unwrap();
    drop((ours, twin));
    for database in &databases {
        bench.drop(database);
    }
}

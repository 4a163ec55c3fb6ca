//! Keeping a view up to date: catching up with a log that is there, and following one that grows.

mod alone;
mod fill;
mod lag;
mod ours;

use crate::server::{Bench, connect, own_cpu};
use crate::support::alone::memory as memory_alone;
use crate::support::{Args, Cpu, Table, interleaved};
use crate::twin::Projector;

pub(crate) use alone::is_catching_up_alone;
use fill::fill;
use ours::Ours;

use std::time::Duration;

/// What catching up may have in memory at most, in MiB.
const MOST_MIB: u32 = 200;

/// Documents on which the two do not agree.
const DIFFERENT: &str = "\
SELECT count(*) FROM eventide.twin t FULL JOIN eventide.view_order_totals_v1_g1 v USING (key)
WHERE (t.document::text, t.changed_by, t.country, t.total)
    IS DISTINCT FROM (v.document::text, v.changed_by, v.country, v.total)";

pub(crate) fn run(args: &Args, bench: &Bench, table: &mut Table) {
    let events = args.size(1_000_000, 100_000);
    for keys in [10_000, 100_000] {
        let name = |what: &str| format!("view, {events} events, {keys} keys{what}");
        let rows = [(1, name("")), (2, name(", 2 partitions"))];
        let memory = name(", memory");
        if !rows.iter().any(|(_, row)| args.wants(row)) && !args.wants(&memory) {
            continue;
        }
        let address = bench.database();
        bench.runtime.block_on(fill(&address, events.into(), keys));
        for (partitions, row) in rows {
            if args.wants(&row) {
                contest(args, bench, table, &address, (&row, events, partitions));
            }
        }
        if args.wants(&memory) {
            memory_alone(table, &memory, &address, MOST_MIB);
        }
        bench.drop(&address);
    }
    lag::run(args, bench, table);
}

fn contest(
    args: &Args,
    bench: &Bench,
    table: &mut Table,
    address: &str,
    (row, events, partitions): (&str, u32, u16),
) {
    let ours = bench.runtime.block_on(Ours::open(address, partitions));
    let twin = Projector::connect(bench, address);
    let (mut of_ours, mut of_twin) = (Spent::default(), Spent::default());
    let rounds = args.size(5, 3);
    let results = interleaved(
        rounds,
        || {
            bench.runtime.block_on(ours.reset());
            let catch_up = || bench.runtime.block_on(ours.catch_up());
            of_ours.spend(bench, address, catch_up)
        },
        || {
            bench.runtime.block_on(twin.reset());
            let catch_up = || bench.runtime.block_on(twin.catch_up());
            of_twin.spend(bench, address, catch_up)
        },
    );
    bench.runtime.block_on(async {
        let client = connect(address).await;
        let different: i64 = client.query_one(DIFFERENT, &[]).await.unwrap().get(0);
        assert_eq!(different, 0, "documents differ");
    });
    table.row(row, events, results, Some(0.6));
    // The round that does not count is in it.
    let operations = u64::from(events) * (rounds as u64 + 1);
    table.cpu(of_ours.each(operations), of_twin.each(operations));
    bench.runtime.block_on(ours.close());
}

/// The CPU time of one contestant.
#[derive(Default)]
struct Spent {
    client: Duration,
    server: Duration,
}

impl Spent {
    fn spend(&mut self, bench: &Bench, address: &str, work: impl FnOnce() -> Duration) -> Duration {
        let (client, server) = (own_cpu(), bench.cpu(address));
        let taken = work();
        self.client += own_cpu().saturating_sub(client);
        self.server += bench.cpu(address).saturating_sub(server);
        taken
    }

    fn each(&self, operations: u64) -> Cpu {
        Cpu::each(self.client, self.server, operations)
    }
}

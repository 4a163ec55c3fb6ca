//! A standby takes the place of its primary.

use eventide_core::Position;
use eventide_core::store::{
    AppendError, EventStore, LogMark, LogQuery, MarkError, PageSize, StoreErrorKind,
};
use eventide_history::Workload;
use eventide_postgres::PostgresStore;
use eventide_rig::Server;

use crate::chaos::{Chaos, options, request, until_it};
use crate::with_seeds;

with_seeds! {
    a_synchronous_standby_that_takes_over_has_everything => synchronous;
    what_an_asynchronous_standby_lacks_is_reported => asynchronous;
}

/// The address of whichever of the two takes writes.
fn either(chaos: &Chaos, standby: &Server) -> String {
    format!(
        "postgres://postgres@127.0.0.1:{},127.0.0.1:{}/{}?target_session_attrs=read-write",
        chaos.server.port(),
        standby.port(),
        chaos.database
    )
}

async fn synchronous(name: &'static str, seed: u64) {
    let mut chaos = Chaos::new(name, seed).await;
    let standby = chaos.server.standby().synchronous().in_memory();
    let standby = standby.start().await.unwrap();
    let stores = chaos.stores::<2>(&either(&chaos, &standby)).await;
    let entries = chaos.rng.usize(100..500);
    let fault = async {
        chaos.traffic(entries).await;
        // A machine that fails stops everywhere at once. Of a postmaster that dies alone PostgreSQL's
        // sessions hear first: they wait for the standby no longer, and let readers see what it
        // may lack.
        chaos.server.pause().await.unwrap();
        chaos.server.kill_postmaster().await.unwrap();
        standby.promote().await.unwrap();
        chaos.traffic(300).await;
    };
    chaos.run(chaos.workload(), &stores, fault).await;
    let report = chaos.judge(&stores[0]).await;
    assert!(report.tally.acknowledged > 0, "{report}");
}

/// The commit of an append waits for the standby, and its session is ended: PostgreSQL has then
/// committed, and the standby has nothing. Whoever asks again finds the events, but must not take
/// them for durable.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_interrupted_commit_is_acknowledged_only_once_the_standby_has_it() {
    let chaos = Chaos::new("interrupted", 0).await;
    let standby = chaos.server.standby().synchronous().in_memory();
    let standby = standby.start().await.unwrap();
    let [store] = chaos.stores::<1>(&chaos.url()).await;
    let client = chaos.server.connect("postgres").await.unwrap();
    let waiting = async || -> Vec<i32> {
        let sql = "SELECT pid FROM pg_stat_activity WHERE application_name = 'eventide' \
                   AND wait_event = 'SyncRep'";
        let rows = client.query(sql, &[]).await.unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    };
    standby.pause().await.unwrap();
    let append = tokio::spawn({
        let store = store.clone();
        async move { store.append(request(1)).await }
    });
    until_it("the commit waits", async || !waiting().await.is_empty()).await;
    let first = waiting().await;
    let end = "SELECT pg_terminate_backend($1)";
    client.execute(end, &[&first[0]]).await.unwrap();
    until_it("what was found waits, too", async || {
        assert!(!append.is_finished(), "the standby does not have it");
        waiting().await.iter().any(|pid| !first.contains(pid))
    })
    .await;
    standby.resume().unwrap();
    append.await.unwrap().unwrap();
}

async fn asynchronous(name: &'static str, seed: u64) {
    let mut chaos = Chaos::new(name, seed).await;
    let standby = chaos.server.standby().in_memory().start().await.unwrap();
    let [store] = chaos.stores::<1>(&either(&chaos, &standby)).await;
    let workload = Workload {
        requests: chaos.rng.u32(5..30),
        ..chaos.workload()
    };
    let run = async |seed| {
        let workload = Workload { seed, ..workload };
        let stores = [std::sync::Arc::new(store.clone()) as _];
        workload
            .run(&stores, &chaos.history, || false)
            .await
            .unwrap();
    };
    run(seed * 2).await;
    let kept = LogMark::of(&store).await.unwrap();
    let has_it = options().open(&standby.url(&chaos.database)).await.unwrap();
    until_it("the standby has it", async || {
        kept.check(&has_it).await.is_ok()
    })
    .await;
    has_it.close().await.unwrap();
    standby.stop_fast().await.unwrap();
    run(seed * 2 + 1).await;
    chaos.client(&store).append(request(1)).await.unwrap();
    chaos.judge(&store).await;
    let lost = LogMark::of(&store).await.unwrap();
    assert!(lost.position() > kept.position());
    let before = log(&store).await;

    chaos.server.kill_postmaster().await.unwrap();
    standby.restart().await.unwrap();
    standby.promote().await.unwrap();

    for _ in 0..2 {
        let refused = store.append(request(1)).await.unwrap_err();
        assert!(
            matches!(&refused, AppendError::Store(error) if error.kind() == StoreErrorKind::WentBack),
            "{refused:?}"
        );
    }
    kept.check(&store).await.unwrap();
    let shorter = lost.check(&store).await.unwrap_err();
    assert!(matches!(shorter, MarkError::WentBack { .. }), "{shorter:?}");

    let anew = options().open(&either(&chaos, &standby)).await.unwrap();
    let after = log(&anew).await;
    assert_eq!(
        after[..],
        before[..after.len()],
        "what is left is as it was"
    );
    while anew.head().await.unwrap() < lost.position() {
        anew.append(request(1)).await.unwrap();
    }
    let rewritten = lost.check(&anew).await.unwrap_err();
    assert!(
        matches!(rewritten, MarkError::Rewritten { .. }),
        "{rewritten:?}"
    );
    // It has grown as long as it was, and the old store still knows.
    let refused = store.append(request(1)).await.unwrap_err();
    assert!(
        matches!(&refused, AppendError::Store(error) if error.kind() == StoreErrorKind::WentBack),
        "{refused:?}"
    );
}

async fn log(store: &PostgresStore) -> Vec<eventide_core::RecordedEvent> {
    let (mut log, mut position) = (Vec::new(), Position::START);
    loop {
        let query = LogQuery::after(position).page(PageSize::MAX);
        let page = store.read_log(query).await.unwrap();
        log.extend(page.events);
        if !page.more {
            return log;
        }
        position = page.next;
    }
}

//! The shop's views, looked after as its users do: built anew, killed meanwhile, compared.
#![cfg(feature = "sqlite")]

use std::path::Path;
use std::process::{Child, Stdio};
use std::time::Duration;

use eventide::Position;
use eventide::store::Store;
use eventide::subscription::SubscriptionName;
use futures_util::future::join_all;

#[path = "support/retail.rs"]
mod program;

use program::{figures, folder, long_file, refused, retail, run, said};

const VIEWS: [&str; 3] = ["country-sales", "monthly-sales", "order-summary"];

/// How often each rebuild is killed.
const KILLS: usize = 2;

/// Nothing that is waited for takes longer.
const ENDLESS: Duration = Duration::from_mins(2);

/// Up to where the generation has come that is built beside the first.
async fn came_to(store: &dyn Store, view: &str) -> Option<Position> {
    let name = SubscriptionName::new(format!("{view}.v1.g2")).expect("a name");
    let kept = store.subscriptions()?;
    let status = kept.subscription(&name).await.expect("it can be read")?;
    let checkpoints = status.partitions.iter().flat_map(|it| &it.checkpoints);
    checkpoints.map(|it| it.mark.position()).min()
}

fn rebuild(file: &Path, view: &str) -> Child {
    retail()
        .args(["projections", "rebuild", view, "--store"])
        .arg(file)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("retail runs")
}

/// Kills a rebuild once it has come to `place`. Whether it was not done before.
async fn killed_at(file: &Path, store: &dyn Store, view: &str, place: Position) -> bool {
    let mut child = rebuild(file, view);
    let come = async {
        loop {
            if child.try_wait().expect("it can be asked").is_some() {
                return false;
            }
            if came_to(store, view).await >= Some(place) {
                return true;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    let come = tokio::time::timeout(ENDLESS, come).await;
    // One that ended by itself cannot be killed.
    let _ = child.kill();
    child.wait().expect("it ends");
    come.expect("the rebuild gets on")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rebuilds_that_are_killed_come_to_the_figures_of_the_log() {
    let folder = folder();
    let rows = long_file(folder.path());
    let rows = rows.to_str().expect("a path");
    let file = folder.path().join("s.db");
    let whole = figures(&run(&file, &[rows, "--json"]));

    let store = eventide::open_read_only(file.to_str().expect("a path"));
    let store = store.await.expect("it is there");
    let head = store.head().await.expect("it can be read").as_raw();
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let all = VIEWS.map(|view| {
        let mut places: Vec<_> = (0..KILLS).map(|_| random.u64(..head * 3 / 4)).collect();
        places.sort_unstable();
        let (file, store) = (&file, &*store);
        async move {
            let mut kills = 0_u32;
            for place in places {
                let place = Position::from_raw(place);
                kills += u32::from(killed_at(file, store, view, place).await);
            }
            let (file, args) = (file.clone(), ["projections", "rebuild", view]);
            let last = tokio::task::spawn_blocking(move || run(&file, &args)).await;
            let text = said(&last.expect("it runs"));
            let served = format!("of {view} serves now");
            assert!(text.contains(&served), "{text}");
            kills
        }
    });
    let kills: u32 = join_all(all).await.into_iter().sum();
    assert!(kills > 0, "no rebuild was met on its way");

    // It would fail if the views told anything else than the log.
    assert_eq!(figures(&run(&file, &[rows, "--json"])), whole);
    for view in VIEWS {
        let text = said(&run(&file, &["projections", "diff", view]));
        assert!(text.contains(" 0 differ"), "{view}: {text}");
    }
}

#[test]
fn a_view_that_is_not_there_is_named() {
    let folder = folder();
    let file = folder.path().join("s.db");
    let text = refused(&run(&file, &["projections", "rebuild", "sales"]));
    assert!(text.contains("there is no view `sales`"), "{text}");
    assert!(text.contains(&VIEWS.join(", ")), "{text}");
}

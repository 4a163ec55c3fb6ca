//! The best sellers, from tables that a projection writes: what they tell is what the log tells.
#![cfg(feature = "sqlite")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use eventide::store::{LogQuery, PageSize, Store};
use eventide::subscription::SubscriptionName;
use eventide::{Position, RecordedEvent};
use rust_decimal::Decimal;
use serde_json::{Value, json};

#[path = "support/retail.rs"]
mod program;

use program::{figures, file, folder, json, long_file, refused, retail, run, said};

/// A store, by its address, and what keeps it alive.
struct Place {
    address: PathBuf,
    folder: tempfile::TempDir,
    #[cfg(feature = "postgres")]
    _server: Option<eventide_rig::Server>,
}

/// A file, and where the feature is on a server.
#[cfg_attr(
    not(feature = "postgres"),
    expect(unused_mut, clippy::unused_async, reason = "as it is with the feature")
)]
async fn places() -> Vec<Place> {
    let folder = folder();
    let mut places = vec![Place {
        address: folder.path().join("s.db"),
        folder,
        #[cfg(feature = "postgres")]
        _server: None,
    }];
    #[cfg(feature = "postgres")]
    {
        let server = eventide_rig::Server::start().await.expect("a server");
        let database = server.create_database("shop").await.expect("a database");
        places.push(Place {
            address: format!("{}?migrate=on-open", server.url(&database)).into(),
            folder: program::folder(),
            _server: Some(server),
        });
    }
    places
}

async fn log(address: &Path) -> Vec<RecordedEvent> {
    let address = address.to_str().expect("an address");
    let store = eventide::open_read_only(address).await.expect("it opens");
    let mut query = LogQuery::default().page(PageSize::MAX);
    let mut log = Vec::new();
    loop {
        let page = store.read_log(query.clone()).await.expect("it can be read");
        log.extend(page.events);
        query.from = Some(page.next);
        if !page.more {
            return log;
        }
    }
}

#[derive(Default)]
struct Sold {
    quantity: u64,
    revenue: Decimal,
    orders: BTreeSet<String>,
}

/// What was sold of each article on confirmed orders, and what the article is called, by plain code:
/// of orders to `country`, confirmed in `month`, if they are given.
fn folded(
    log: &[RecordedEvent],
    country: Option<&str>,
    month: Option<&str>,
) -> BTreeMap<String, (Option<String>, Sold)> {
    let of = |name: &'static str| {
        let events = log.iter().filter(move |it| *it.event_type == *name);
        events.map(|it| {
            let payload: Value = serde_json::from_slice(&it.payload).expect("it is JSON");
            (it.stream.aggregate_id(), it, payload)
        })
    };
    let mut wanted: BTreeSet<&str> = BTreeSet::new();
    for (number, recorded, _) in of("OrderConfirmed") {
        let confirmed = recorded.occurred_at().strftime("%Y-%m").to_string();
        if month.is_none_or(|month| month == confirmed) {
            wanted.insert(number);
        }
    }
    for (number, _, placed) in of("OrderPlaced") {
        if country.is_some_and(|country| placed["destination"]["country"] != country) {
            wanted.remove(number);
        }
    }
    let mut called: BTreeMap<String, (i64, &str, String)> = BTreeMap::new();
    let mut sold: BTreeMap<String, Sold> = BTreeMap::new();
    for (number, recorded, line) in of("LineAdded") {
        let article = line["article"].as_str().expect("text").to_owned();
        if let Some(description) = line["description"].as_str() {
            let said = (
                recorded.occurred_at().as_second(),
                number,
                description.to_owned(),
            );
            let before = called.entry(article.clone()).or_insert(said.clone());
            if (before.0, before.1) <= (said.0, said.1) {
                *before = said;
            }
        }
        if wanted.contains(number) {
            let sold = sold.entry(article).or_default();
            sold.quantity += line["quantity"].as_u64().expect("a number");
            let amount = line["amount"].as_str().expect("text");
            sold.revenue += amount.parse::<Decimal>().expect("an amount");
            sold.orders.insert(number.to_owned());
        }
    }
    let named = |(article, sold)| {
        let description = called.get(&article).map(|(.., it)| it.clone());
        (article, (description, sold))
    };
    sold.into_iter().map(named).collect()
}

/// The answer of the program to the same question.
fn answer(log: &[RecordedEvent], asked: &Asked) -> Value {
    let folded = folded(log, asked.country, asked.month);
    let ranked = |better: fn(&Sold, &Sold) -> std::cmp::Ordering| {
        let mut all: Vec<_> = folded.iter().collect();
        // By the article, where it makes no difference: they are sorted already.
        all.sort_by(|(_, (_, a)), (_, (_, b))| better(b, a));
        all.truncate(asked.limit);
        let one = |(article, (description, sold)): (&String, &(Option<String>, Sold))| {
            json!({
                "article": article, "description": description, "quantity": sold.quantity,
                "orders": sold.orders.len(), "revenue": sold.revenue.normalize().to_string(),
            })
        };
        all.into_iter().map(one).collect::<Vec<_>>()
    };
    json!({
        "country": asked.country, "month": asked.month,
        "by_quantity": ranked(|a, b| a.quantity.cmp(&b.quantity)),
        "by_revenue": ranked(|a, b| a.revenue.cmp(&b.revenue)),
        "parked": 0,
    })
}

/// What the best sellers are asked for.
#[derive(Debug, Clone, Copy)]
struct Asked {
    country: Option<&'static str>,
    month: Option<&'static str>,
    limit: usize,
}

/// Of everything, more than there is.
const ALL: Asked = Asked {
    country: None,
    month: None,
    limit: 10_000,
};

fn best_sellers(address: &Path, asked: &Asked) -> Value {
    let limit = asked.limit.to_string();
    let mut args = vec!["best-sellers", "--json", "--limit", &limit];
    for (name, value) in [("--country", asked.country), ("--month", asked.month)] {
        args.extend(value.into_iter().flat_map(|value| [name, value]));
    }
    json(&run(address, &args))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_best_sellers_are_what_the_log_tells() {
    for place in places().await {
        let address = &place.address;
        figures(&run(address, &["--json"]));
        let log = log(address).await;
        assert!(folded(&log, None, None).len() > 15, "the sample is read");
        let (norway, december) = (Some("Norway"), Some("2010-12"));
        for (country, month, limit) in [
            (None, None, 10_000),
            (None, None, 3),
            (norway, None, 10),
            (None, december, 10),
            (norway, december, 10),
            (Some("Utopia"), None, 10),
        ] {
            let asked = Asked {
                country,
                month,
                limit,
            };
            let told = best_sellers(address, &asked);
            assert_eq!(told, answer(&log, &asked), "{address:?}: {asked:?}");
        }
        let text = said(&run(address, &["best-sellers", "--country", "Norway"]));
        assert!(
            text.starts_with("Best sellers in Norway by pieces"),
            "{text}"
        );
        let text = said(&run(address, &["best-sellers", "--country", "Utopia"]));
        assert_eq!(text, "Nothing was sold in Utopia.\n");
        // Both are in the table of what is kept up to date.
        let text = said(&run(address, &["projections"]));
        for name in ["country-sales", "best-sellers"] {
            let line = text.lines().find(|line| line.starts_with(name));
            let line = line.expect("it is named");
            assert!(line.contains("328        328       0 "), "{text}");
        }
    }
}

/// Up to where the projection has come.
async fn came_to(store: &dyn Store) -> Position {
    let kept = store.subscriptions().expect("it keeps them");
    let mut to = Position::START;
    for name in ["best-sellers.v1", "best-sellers-on-server.v1"] {
        let name = SubscriptionName::new(name).expect("a name");
        let status = kept.subscription(&name).await.expect("it can be read");
        let partitions = status.map(|status| status.partitions).unwrap_or_default();
        let checkpoints = partitions.iter().flat_map(|it| &it.checkpoints);
        let come = checkpoints.map(|it| it.mark.position()).min();
        to = to.max(come.unwrap_or_default());
    }
    to
}

/// Runs the program, and kills it once that holds, unless it is done before.
async fn killed_when(address: &Path, arg: &str, holds: impl AsyncFn() -> bool) {
    let mut child = retail()
        .args(["--store".as_ref(), address.as_os_str()])
        .arg(arg)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("retail runs");
    while child.try_wait().expect("it can be asked").is_none() && !holds().await {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    // One that ended by itself cannot be killed.
    let _ = child.kill();
    child.wait().expect("it ends");
}

/// However often they are killed, import and projection, no line counts twice and none is missing. In
/// between there are orders that are not confirmed yet.
#[tokio::test(flavor = "multi_thread")]
async fn killed_again_and_again_the_best_sellers_are_what_the_log_tells() {
    let folder = folder();
    let path = long_file(folder.path());
    let path = path.to_str().expect("a path");
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    for place in places().await {
        let address = &place.address;
        let store = eventide::open(address.to_str().expect("an address")).await;
        let store = store.expect("it opens");
        let mut open = 0;
        for _ in 0..4 {
            let head = store.head().await.expect("it can be read").as_raw();
            let until = Position::from_raw(head + random.u64(500..3_000));
            let far = async || store.head().await.expect("it can be read") >= until;
            killed_when(address, path, far).await;
            let before = came_to(&*store).await;
            let on = async || came_to(&*store).await > before;
            killed_when(address, "best-sellers", on).await;

            let log = log(address).await;
            let count = |name: &str| log.iter().filter(|it| *it.event_type == *name).count();
            open += count("OrderPlaced") - count("OrderConfirmed");
            let told = best_sellers(address, &ALL);
            assert_eq!(told, answer(&log, &ALL), "{address:?}");
        }
        assert!(open > 0, "no import was killed in the middle");
        figures(&run(address, &[path, "--json"]));
        let told = best_sellers(address, &ALL);
        assert_eq!(told, answer(&log(address).await, &ALL), "{address:?}");
    }
}

/// A price that the tables are too coarse for, on the second of three orders.
const TOO_FINE: &str = "1,A,MUG,1,2010-12-01 08:26:00,1.5,,UK\n\
                        2,A,MUG,2,2010-12-01 08:27:00,0.00001,,UK\n\
                        2,A,MUG,3,2010-12-01 08:27:00,1.5,,UK\n\
                        3,A,MUG,4,2010-12-01 08:28:00,1.5,,UK\n";

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_cannot_be_written_is_parked_alone_and_looked_after_as_views_are() {
    for place in places().await {
        let address = &place.address;
        let path = file(place.folder.path(), TOO_FINE);
        figures(&run(address, &[path.to_str().expect("a path"), "--json"]));
        let told = best_sellers(address, &ALL);
        let best = &told["by_quantity"][0];
        assert_eq!((&best["quantity"], &best["orders"]), (&json!(5), &json!(2)));
        assert_eq!(told["parked"], 1);

        let text = said(&run(address, &["projections", "parked"]));
        assert!(text.contains(" @/Order/2: 3 events wait"), "{text}");
        assert!(text.contains("an amount of 0.00002 is finer"), "{text}");
        let text = said(&run(address, &["projections", "retry", "@/Order/2"]));
        assert!(text.contains(" failed again"), "{text}");
        assert!(text.contains("an amount of 0.00002 is finer"), "{text}");
        let text = refused(&run(address, &["projections", "retry", "@/Order/3"]));
        assert!(text.contains("nobody has parked `@/Order/3`"), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_projection_is_not_rebuilt_like_a_view() {
    for place in places().await {
        let address = &place.address;
        let text = said(&run(address, &["projections"]));
        let line = text.lines().find(|line| line.starts_with("best-sellers"));
        let name = line
            .and_then(|line| line.split(' ').next())
            .expect("a name");
        for task in ["rebuild", "diff"] {
            let text = refused(&run(address, &["projections", task, name]));
            assert!(text.contains("raise its version"), "{text}");
        }
    }
}

/// Each has tables of its own.
#[cfg(feature = "postgres")]
#[tokio::test(flavor = "multi_thread")]
async fn two_shops_in_one_database_do_not_meet() {
    let server = eventide_rig::Server::start().await.expect("a server");
    let database = server.create_database("shop").await.expect("a database");
    let url = format!("{}?migrate=on-open", server.url(&database));
    // The name of one needs its quotes.
    let (one, other) = (
        PathBuf::from(format!("{url}&schema=one")),
        PathBuf::from(format!("{url}&schema=the%20%22other%22")),
    );
    let folder = folder();
    let path = file(folder.path(), "7,A,MUG,1,2010-12-01 08:26:00,1.5,,UK\n");
    figures(&run(&one, &["--json"]));
    figures(&run(&other, &[path.to_str().expect("a path"), "--json"]));
    for address in [one, other] {
        let told = best_sellers(&address, &ALL);
        assert_eq!(told, answer(&log(&address).await, &ALL), "{address:?}");
    }
}

//! The main job on a server: another address, the same shop.
#![cfg(all(feature = "sqlite", feature = "postgres"))]

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use eventide_rig::Server;

#[path = "support/retail.rs"]
mod program;

use program::{figures, folder, json, refused, retail, run, said};

/// A new database of a server that does wait for its disk.
async fn address() -> (Server, String) {
    let server = Server::start().await.expect("a server");
    let database = server.create_database("shop").await.expect("a database");
    let url = server.url(&database);
    (server, url)
}

#[tokio::test(flavor = "multi_thread")]
async fn another_address_gives_the_same_shop() {
    let (_server, url) = address().await;
    let folder = folder();
    let file = folder.path().join("s.db");
    let text = refused(&run(Path::new(&url), &["--json"]));
    assert!(text.contains("migrate=on-open"), "{text}");

    let created = format!("{url}?migrate=on-open");
    let on_server = figures(&run(Path::new(&created), &["--json"]));
    assert_eq!(on_server, figures(&run(&file, &["--json"])));
    for task in [
        ["verify"].as_slice(),
        &["show", "100026"],
        &["show", "C100041", "--at", "2"],
        &["schema", "report"],
    ] {
        let there = said(&run(Path::new(&url), task));
        assert_eq!(there, said(&run(&file, task)), "{task:?}");
    }
    let past = format!("{url}?migrate=on-open&schema=past");
    let there = figures(&run(Path::new(&past), &["history", "--json"]));
    let file = folder.path().join("past.db");
    assert_eq!(there, figures(&run(&file, &["history", "--json"])));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_moves_to_a_server_and_back() {
    let (_server, url) = address().await;
    let folder = folder();
    let (file, back) = (folder.path().join("s.db"), folder.path().join("back.db"));
    let figured = figures(&run(&file, &["--json"]));
    let to = format!("{url}?migrate=on-open");
    let moved = json(&run(&file, &["copy", &to, "--json"]));
    assert_eq!(moved["events"], 328);
    assert_eq!(moved["verified"], 328);
    said(&run(Path::new(&url), &["verify"]));
    let text = said(&run(
        Path::new(&url),
        &["copy", back.to_str().expect("a path")],
    ));
    assert!(text.contains("328 events compared, all alike"), "{text}");
    // Every command was handled already: the import finds nothing to do.
    assert_eq!(figures(&run(&back, &["--json"])), figured);
    assert!(said(&run(&back, &[])).contains("0 events recorded"));
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_ten_times_the_result_is_the_same() {
    let (_server, url) = address().await;
    let whole = format!("{url}?migrate=on-open&schema=whole");
    let killed = format!("{url}?migrate=on-open&schema=killed");
    let whole = figures(&run(Path::new(&whole), &["--json"]));
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    for _ in 0..10 {
        let mut child = retail()
            .args(["--store", &killed])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("retail runs");
        std::thread::sleep(Duration::from_millis(random.u64(5..80)));
        child.kill().expect("it can be killed");
        child.wait().expect("it ends");
    }
    assert_eq!(figures(&run(Path::new(&killed), &["--json"])), whole);
    said(&run(Path::new(&killed), &["verify"]));
}

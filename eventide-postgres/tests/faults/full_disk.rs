//! A disk without space: appends are refused with a typed error, nothing is half written, and once
//! there is space again everything goes on.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::Path;
use std::process::Command;
use std::{env, io};

use eventide_core::store::{AppendError, StoreErrorKind};
use eventide_history::Client;
use eventide_postgres::PostgresStore;

use crate::chaos::{Chaos, durable, request, until_it};
use crate::with_seeds;

const SMALL_DISK: &str = "EVENTIDE_FAULTS_SMALL_DISK";

/// The disk is a file system in memory that only a process with a mount table of its own sees, so
/// that it goes with that process.
#[test]
fn a_full_disk_loses_nothing_and_recovers() {
    let folder = env::temp_dir().join(format!("eventide-small-disk-{}", std::process::id()));
    fs::create_dir(&folder).unwrap();
    let mount = r#"mount -t tmpfs -o size=32m,mode=0755 small-disk "$0" && exec "$@""#;
    let status = Command::new("unshare")
        .args(["--mount", "--propagation", "private", "sh", "-c", mount])
        .arg(&folder)
        .arg(env::current_exe().unwrap())
        .args(["--exact", "full_disk::on_a_small_disk", "--nocapture"])
        .env(SMALL_DISK, &folder)
        .status();
    fs::remove_dir(&folder).unwrap();
    let status = status.unwrap();
    assert!(
        status.success(),
        "{status}; this test needs the programs `unshare` and `mount` of util-linux, and the right \
         to mount: run it as root"
    );
}

with_seeds! {
    /// What the other test starts as a process. By itself it does nothing.
    on_a_small_disk => small_disk;
}

async fn small_disk(name: &'static str, seed: u64) {
    let Ok(folder) = env::var(SMALL_DISK) else {
        return;
    };
    let folder = Path::new(&folder);
    let server = durable().await;
    let space = folder.join(format!("space-{seed}"));
    fs::create_dir(&space).unwrap();
    let owner = fs::metadata(server.folder()).unwrap();
    chown(&space, Some(owner.uid()), Some(owner.gid())).unwrap();
    let location = format!("CREATE TABLESPACE small LOCATION '{}'", space.display());
    server.execute(&location).await.unwrap();
    let mut chaos = Chaos::on(name, seed, server).await;
    let mv = format!("ALTER DATABASE {} SET TABLESPACE small", chaos.database);
    chaos.server.execute(&mv).await.unwrap();

    let schedule: Vec<_> = (0..3).map(|_| chaos.rng.usize(20..200)).collect();
    let stores = chaos.stores::<2>(&chaos.url()).await;
    let client = chaos.client(&stores[0]);
    let fault = async {
        for entries in schedule {
            chaos.traffic(entries).await;
            let filler = folder.join("filler");
            fill(&filler).unwrap();
            until_it("the disk is full", async || is_full(&client).await).await;
            chaos.traffic(100).await;
            fs::remove_file(&filler).unwrap();
            until_it("it recovers", async || !is_full(&client).await).await;
        }
        chaos.traffic(200).await;
    };
    chaos.run(chaos.workload(), &stores, fault).await;
    chaos.judge(&stores[0]).await;
    drop((client, chaos));
    fs::remove_dir_all(&space).unwrap();
}

/// Whether an append is refused for want of space.
async fn is_full(client: &Client<PostgresStore>) -> bool {
    match client.append(request(20_000)).await {
        Ok(_) => false,
        Err(AppendError::Store(error)) if error.kind() == StoreErrorKind::Full => true,
        Err(error) => panic!("{error:?}"),
    }
}

/// Takes what space is left.
fn fill(file: &Path) -> io::Result<()> {
    let mut file = File::create(file)?;
    let mut chunk = 1 << 16;
    while chunk > 0 {
        match file.write_all(&vec![0; chunk]) {
            Err(error) if error.kind() == io::ErrorKind::StorageFull => chunk /= 2,
            written => written?,
        }
    }
    Ok(())
}

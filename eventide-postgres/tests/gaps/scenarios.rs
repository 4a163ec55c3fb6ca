//! What writers do to readers.

use rustix::process::{Pid, Signal, kill_process};
use tokio::task::JoinHandle;
use tokio_postgres::Client;

use crate::logs::{Log, Outcome, Reader};

/// Others append while somebody's transaction is open, and a reader reads: both as far as they
/// come.
async fn meanwhile(log: &impl Log, reader: &mut Reader<'_, impl Log>) -> Vec<JoinHandle<()>> {
    let mut others = Vec::new();
    for name in ["other 1", "other 2"] {
        let other = log.begin_append(name);
        log.until_waiting_or_done(&other).await;
        reader.poll().await;
        others.push(other);
    }
    others
}

/// The open transaction has ended. Everybody goes on, and the reader reads to the end.
async fn ended(
    log: &impl Log,
    others: Vec<JoinHandle<()>>,
    mut reader: Reader<'_, impl Log>,
    expected: &[&str],
) -> Outcome {
    for other in others {
        other.await.unwrap();
        reader.poll().await;
    }
    log.append("last").await;
    let mut fresh = Reader::new(log);
    let mut committed = fresh.poll().await.to_vec();
    committed.sort_unstable();
    let mut all = vec!["first", "last", "other 1", "other 2"];
    all.extend(expected);
    all.sort_unstable();
    assert_eq!(committed, all, "what was committed, whoever saw it");
    reader.end().await
}

async fn pid(client: &Client) -> i32 {
    let row = client.query_one("SELECT pg_backend_pid()", &[]).await;
    row.unwrap().get(0)
}

pub(crate) async fn a_slow_writer_commits_late(log: &impl Log) -> Outcome {
    let mut reader = Reader::new(log);
    log.append("first").await;
    let mut slow = log.database().connect().await;
    let slow = slow.transaction().await.unwrap();
    log.append_in(&slow, "slow").await;
    let others = meanwhile(log, &mut reader).await;
    slow.commit().await.unwrap();
    ended(log, others, reader, &["slow"]).await
}

pub(crate) async fn a_slow_writer_rolls_back(log: &impl Log) -> Outcome {
    let mut reader = Reader::new(log);
    log.append("first").await;
    let mut slow = log.database().connect().await;
    let slow = slow.transaction().await.unwrap();
    log.append_in(&slow, "slow").await;
    let others = meanwhile(log, &mut reader).await;
    slow.rollback().await.unwrap();
    ended(log, others, reader, &[]).await
}

pub(crate) async fn a_savepoint_is_rolled_back_and_appended_again(log: &impl Log) -> Outcome {
    let mut reader = Reader::new(log);
    log.append("first").await;
    let mut slow = log.database().connect().await;
    let mut slow = slow.transaction().await.unwrap();
    let savepoint = slow.savepoint("before").await.unwrap();
    log.append_in(&savepoint, "slow").await;
    savepoint.rollback().await.unwrap();
    log.append_in(&slow, "slow, again").await;
    let others = meanwhile(log, &mut reader).await;
    slow.commit().await.unwrap();
    ended(log, others, reader, &["slow, again"]).await
}

pub(crate) async fn a_prepared_transaction_is_committed_later(log: &impl Log) -> Outcome {
    prepared(log, "COMMIT PREPARED 'slow'", &["slow"]).await
}

pub(crate) async fn a_prepared_transaction_is_rolled_back_later(log: &impl Log) -> Outcome {
    prepared(log, "ROLLBACK PREPARED 'slow'", &[]).await
}

async fn prepared(log: &impl Log, end: &str, expected: &[&str]) -> Outcome {
    // Prepared transactions have names that a whole server shares.
    let name = format!("slow in {}", log.database().name);
    let mut reader = Reader::new(log);
    log.append("first").await;
    {
        let mut slow = log.database().connect().await;
        let slow = slow.transaction().await.unwrap();
        log.append_in(&slow, "slow").await;
        let prepare = format!("PREPARE TRANSACTION '{name}'");
        slow.batch_execute(&prepare).await.unwrap();
    }
    let others = meanwhile(log, &mut reader).await;
    let another = log.database().connect().await;
    let end = end.replace("slow", &name);
    another.batch_execute(&end).await.unwrap();
    ended(log, others, reader, expected).await
}

pub(crate) async fn a_session_idles_in_its_transaction_until_it_is_ended(
    log: &impl Log,
) -> Outcome {
    let mut reader = Reader::new(log);
    log.append("first").await;
    let mut slow = log.database().connect().await;
    let slow = slow.transaction().await.unwrap();
    log.append_in(&slow, "slow").await;
    let others = meanwhile(log, &mut reader).await;
    // From here on nobody ends it but the server.
    let soon = "SET LOCAL idle_in_transaction_session_timeout = '100ms'";
    slow.batch_execute(soon).await.unwrap();
    ended(log, others, reader, &[]).await
}

pub(crate) async fn the_backend_of_a_slow_writer_is_ended(log: &impl Log) -> Outcome {
    let mut reader = Reader::new(log);
    log.append("first").await;
    let mut slow = log.database().connect().await;
    let pid = pid(&slow).await;
    let slow = slow.transaction().await.unwrap();
    log.append_in(&slow, "slow").await;
    let others = meanwhile(log, &mut reader).await;
    let another = log.database().connect().await;
    let end = "SELECT pg_terminate_backend($1)";
    another.execute(end, &[&pid]).await.unwrap();
    slow.commit().await.unwrap_err();
    ended(log, others, reader, &[]).await
}

pub(crate) async fn a_writer_is_stopped_amid_its_transaction_and_goes_on(
    log: &impl Log,
) -> Outcome {
    let mut reader = Reader::new(log);
    log.append("first").await;
    let mut slow = log.database().connect().await;
    let process = Pid::from_raw(pid(&slow).await).unwrap();
    let slow = slow.transaction().await.unwrap();
    log.append_in(&slow, "slow").await;
    kill_process(process, Signal::STOP).unwrap();
    // Its commit is on the way while it stands still.
    let (committed, others) = tokio::join!(slow.commit(), async {
        let others = meanwhile(log, &mut reader).await;
        kill_process(process, Signal::CONT).unwrap();
        others
    });
    committed.unwrap();
    ended(log, others, reader, &["slow"]).await
}

pub(crate) async fn a_long_transaction_in_another_database(log: &impl Log) -> Outcome {
    let server = log.database().server;
    let other = server.create_database("another").await.unwrap();
    let mut other = server.connect(&other).await.unwrap();
    holds_up_nobody(log, &mut other).await
}

pub(crate) async fn a_long_transaction_that_appends_nothing(log: &impl Log) -> Outcome {
    let mut client = log.database().connect().await;
    holds_up_nobody(log, &mut client).await
}

async fn holds_up_nobody(log: &impl Log, client: &mut Client) -> Outcome {
    let open = client.transaction().await.unwrap();
    // It has a snapshot, writes, and has a transaction id.
    let work = "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE; CREATE TABLE long (x int); \
                INSERT INTO long VALUES (1)";
    open.batch_execute(work).await.unwrap();
    let mut reader = Reader::new(log);
    for name in ["first", "other 1", "other 2"] {
        log.append(name).await;
        let saw = reader.poll().await.last().cloned();
        assert_eq!(saw.as_deref(), Some(name), "while the long one is open");
    }
    let outcome = ended(log, Vec::new(), reader, &[]).await;
    open.commit().await.unwrap();
    outcome
}

//! Lost races that are reported as something else.

use eventide_core::store::{AppendError, EventStore};
use eventide_core::{Position, Tag, Version};

use crate::support::{Database, append_after, stream};

/// Makes each statement of an append fail once with `code`: `table` is the one it writes to.
async fn fail_once(database: &Database, table: &str, code: &str, constraint: &str, when: &str) {
    let client = database.connect().await;
    let sql = format!(
        "DROP TRIGGER IF EXISTS fails ON eventide.{table}; \
         DROP SEQUENCE IF EXISTS fails_once; CREATE SEQUENCE fails_once; \
         CREATE OR REPLACE FUNCTION fails() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
         IF nextval('public.fails_once') = 1 THEN RAISE EXCEPTION 'made up' \
         USING ERRCODE = '{code}', CONSTRAINT = '{constraint}'; END IF; RETURN NULL; END $$; \
         CREATE {when} ON eventide.{table} {} EXECUTE FUNCTION fails()",
        if when.starts_with("CONSTRAINT") {
            "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW"
        } else {
            "FOR EACH STATEMENT"
        }
    );
    client.batch_execute(&sql).await.unwrap();
}

/// A serialisation failure, a deadlock or a unique violation is a conflict, whichever statement
/// meets it, and at the commit too. (disintegrate: only at COMMIT; eventually-postgres, sourcerer:
/// an internal error.) Where the store itself can try again it does, and nobody hears of it.
#[tokio::test(flavor = "multi_thread")]
async fn a_lost_race_is_a_conflict_from_every_statement_and_at_commit() {
    let database = Database::new().await;
    let store = database.open().await;
    let lost = [
        ("40001", ""),
        ("40P01", ""),
        ("23505", "events_position"),
        ("23505", "events_version"),
        ("23505", "commands_id"),
    ];
    let at_once = "TRIGGER fails AFTER INSERT";
    let at_commit = "CONSTRAINT TRIGGER fails AFTER INSERT";
    let mut stored = 0;
    for table in ["events", "commands", "event_tags", "schema_versions"] {
        for (code, constraint) in lost {
            for when in [at_once, at_commit] {
                let case = format!("{code} {constraint} of {table}, {when}");
                // Of a type that is new, so that all tables are written to.
                let request = |name: &str| {
                    let mut request = append_after(&stream(&case), 0, 1);
                    let event = &mut request.streams[0].events[0];
                    event.event_type = format!("{name} {case}").into();
                    event.tags = vec![Tag::parse("sku:1").unwrap()];
                    request
                };
                fail_once(&database, table, code, constraint, when).await;
                let mut connection = store.connection().await.unwrap();
                let transaction = connection.transaction().await.unwrap();
                let refused = match store.append_in(&transaction, request("in")).await {
                    Err(refused) => {
                        transaction.rollback().await.unwrap();
                        refused
                    }
                    Ok(pending) => store.commit(transaction, &[pending]).await.unwrap_err(),
                };
                assert!(
                    matches!(&refused, AppendError::Conflict { actual, .. } if *actual == Version::ZERO),
                    "{case}: {refused:?}"
                );
                drop(connection);
                fail_once(&database, table, code, constraint, when).await;
                let appended = store.append(request("by itself")).await;
                let appended = appended.unwrap_or_else(|error| panic!("{case}: {error:?}"));
                assert_eq!(appended.streams[0].version, Version::new(1), "{case}");
                stored += 1;
                assert_eq!(
                    store.head().await.unwrap(),
                    Position::from_raw(stored),
                    "{case}"
                );
                // Else the next table's would be met first.
                let client = database.connect().await;
                let end = format!("DROP TRIGGER fails ON eventide.{table}");
                client.batch_execute(&end).await.unwrap();
            }
        }
    }
}

/// What passes by itself is tried again, and nobody hears of it: sessions that are ended, servers
/// that start, connections that are too many, locks that are taken.
#[tokio::test(flavor = "multi_thread")]
async fn what_passes_is_tried_again() {
    let database = Database::new().await;
    let store = database.open().await;
    let passing = [
        "57P01", "57P02", "57P03", "57P05", "25P04", "25P03", "53300", "08006", "55P03", "57014",
    ];
    let mut stored = 0;
    for code in passing {
        fail_once(&database, "events", code, "", "TRIGGER fails AFTER INSERT").await;
        let appended = store.append(append_after(&stream(code), 0, 1)).await;
        appended.unwrap_or_else(|error| panic!("{code}: {error:?}"));
        stored += 1;
        let head = store.head().await.unwrap();
        assert_eq!(head, Position::from_raw(stored), "{code}");
    }
}

//! The schema lock from the command line: compared, accepted, filled from a store, and joined with
//! what is stored.
#![cfg(feature = "sqlite")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use eventide::schema::lock::{Lock, read};
use serde_json::Value;

#[path = "support/retail.rs"]
mod program;

use program::{folder, json, refused, run, said};

fn committed() -> Lock {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/retail/eventide.lock");
    read(path).expect("it is a lock")
}

/// The lock as it was when version 1 was released.
fn of_version_1() -> Lock {
    let mut lock = committed();
    lock.blocks.retain(|block| block.published);
    for block in &mut lock.blocks {
        block.goldens.clear();
    }
    lock
}

fn write(folder: &Path, lock: &Lock) -> PathBuf {
    let path = folder.join("eventide.lock");
    fs::write(&path, lock.to_string()).expect("the file can be written");
    path
}

/// `retail schema`, on the lock at `lock` and the store beside it.
fn schema(lock: &Path, args: &[&str]) -> Output {
    let lock_path = lock.to_str().expect("a path");
    let args = [&["schema", "--lock", lock_path], args].concat();
    run(&lock.with_file_name("s.db"), &args)
}

fn event<'a>(versions: &'a Value, event: &str, version: u32) -> &'a Value {
    let mut versions = versions.as_array().expect("a list").iter();
    versions
        .find(|it| it["event"] == event && it["version"] == version)
        .expect("the event version is there")
}

#[test]
fn the_committed_lock_is_what_the_program_stores() {
    let folder = folder();
    let store = folder.path().join("s.db");
    let checked = said(&run(&store, &["schema", "check"]));
    assert_eq!(checked, "no difference: deploy in any order\n");
    assert!(!store.exists(), "the lock is no business of the store");
}

#[test]
fn the_way_from_version_1_is_to_deploy_the_readers_first() {
    let folder = folder();
    let released = write(folder.path(), &of_version_1());
    let against = format!("file:{}", released.display());
    let args = ["schema", "check", "--against", &against];
    let text = said(&run(&folder.path().join("s.db"), &args));
    for words in [
        "LineAdded 4 ",
        "RefundDue 1 ",
        "deploy every reader first, then the writers",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    let told = json(&schema(&released, &["check", "--json"]));
    assert_eq!(told["schema"], "eventide.schema.compare/1");
    assert_eq!(told["order"], "readers_first");
    assert_eq!(
        event(&told["differences"], "LineAdded", 4)["kind"],
        "new_version"
    );
    assert_eq!(told["refused"], Value::Array(Vec::new()));
}

#[test]
fn a_revision_of_git_is_compared_with() {
    let folder = folder();
    let path = write(folder.path(), &of_version_1());
    let git = |args: &[&str]| {
        let done = Command::new("git")
            .arg("-C")
            .arg(folder.path())
            .args(["-c", "user.name=Shop", "-c", "user.email=shop@example.org"])
            .args(args)
            .output()
            .expect("git runs");
        assert!(done.status.success(), "{done:?}");
    };
    git(&["init", "--quiet"]);
    git(&["add", "eventide.lock"]);
    git(&["commit", "--quiet", "--message", "Version 1"]);
    write(folder.path(), &committed());
    let now = said(&schema(&path, &["check"]));
    assert!(now.starts_with("no difference"), "{now}");
    let then = said(&schema(&path, &["check", "--against", "git:HEAD"]));
    assert!(then.contains("LineAdded 4"), "{then}");

    let error = refused(&schema(&path, &["check", "--against", "git:v9"]));
    assert!(error.contains("no revision `v9`"), "{error}");
    let error = refused(&schema(&path, &["check", "--against", "v9"]));
    assert!(
        error.contains("write `file:PATH` or `git:REVISION`"),
        "{error}"
    );
    let error = refused(&schema(&path, &["check", "--against", "file:gone.lock"]));
    assert!(error.contains("there is no lock gone.lock"), "{error}");
}

#[test]
fn what_is_new_is_accepted_and_what_is_published_does_not_change() {
    let folder = folder();
    let path = write(folder.path(), &of_version_1());
    let told = json(&schema(&path, &["accept", "--json"]));
    assert_eq!(told["schema"], "eventide.schema.accept/1");
    assert_eq!(told["changed"], true);
    let accepted = read(&path).expect("it is a lock");
    let shapes = |lock: &Lock| -> Vec<_> {
        let blocks = lock.blocks.iter();
        blocks
            .map(|block| {
                (
                    block.event.clone(),
                    block.version,
                    block.published,
                    block.lines.clone(),
                )
            })
            .collect()
    };
    assert_eq!(shapes(&accepted), shapes(&committed()));
    assert_eq!(said(&schema(&path, &["accept"])), "nothing changed\n");

    said(&schema(&path, &["accept", "--published"]));
    let published = read(&path).expect("it is a lock");
    assert!(published.blocks.iter().all(|block| block.published));

    let other = published
        .to_string()
        .replacen("  lines: u32", "  lines: u64", 1);
    assert_ne!(other, published.to_string());
    fs::write(&path, &other).expect("the file can be written");
    let checked = schema(&path, &["check"]);
    assert!(!checked.status.success());
    let text = String::from_utf8_lossy(&checked.stdout);
    assert!(text.contains("REFUSED"), "{text}");
    let error = refused(&schema(&path, &["accept"]));
    assert!(error.contains("was not written"), "{error}");
    assert_eq!(fs::read_to_string(&path).expect("it is there"), other);
}

#[test]
fn goldens_are_taken_out_of_a_store_and_what_is_stored_is_told() {
    let folder = folder();
    let path = write(folder.path(), &of_version_1());
    said(&run(&folder.path().join("s.db"), &["history"]));

    let told = json(&schema(&path, &["sample", "--count", "2", "--json"]));
    assert_eq!(told["schema"], "eventide.schema.sample/1");
    let lines = event(&told["versions"], "LineAdded", 1);
    assert_eq!(
        (&lines["stored"], &lines["goldens"]),
        (&217.into(), &2.into())
    );
    let lock = read(&path).expect("it is a lock");
    let mut blocks = lock.blocks.iter();
    let block = blocks.find(|block| block.event == "CreditNoteSettled" && block.version == 1);
    let golden = &block.expect("it is in the lock").goldens[0];
    assert_eq!(golden.payload, r#"{"lines":3,"total":"55.95"}"#);
    let reads = golden.reads.as_ref().expect("it is recorded");
    let reads: Vec<_> = reads.iter().map(|it| (&*it.event, &*it.payload)).collect();
    assert_eq!(
        reads,
        [
            ("CreditNoteSettled", r#"{"lines":3}"#),
            ("RefundDue", r#"{"total":"55.95"}"#)
        ]
    );

    let told = json(&schema(&path, &["report", "--json"]));
    assert_eq!(told["schema"], "eventide.schema.report/1");
    let way = |name, version| {
        let row = event(&told["versions"], name, version);
        (
            row["stored"].as_u64(),
            row["way_up"].as_str(),
            row["needed"].as_bool(),
        )
    };
    assert_eq!(
        way("LineAdded", 1),
        (Some(217), Some("declared"), Some(true))
    );
    assert_eq!(way("LineAdded", 3), (Some(0), Some("declared"), Some(true)));
    assert_eq!(way("LineAdded", 4), (Some(0), Some("current"), None));
    assert_eq!(
        way("OrderPlaced", 1),
        (Some(42), Some("written"), Some(true))
    );
    assert_eq!(
        way("CreditLineAdded", 1),
        (Some(12), Some("looks_up"), Some(true))
    );
    assert_eq!(
        way("CreditNoteSettled", 1),
        (Some(6), Some("split"), Some(true))
    );
    assert_eq!(
        way("CreditNoteIssued", 1),
        (Some(6), Some("retired"), Some(true))
    );

    let new = folder.path().join("new.db");
    said(&run(&new, &[]));
    let text = said(&run(&new, &["schema", "report"]));
    assert!(
        text.contains("the written step from version 1 is needed by nobody"),
        "{text}"
    );
}

//! The lock of a git revision.

use std::{fs, path::Path, process::Command};

use eventide_lock::{Lock, RevisionError};
use tempfile::TempDir;

const TEXT: &str = "format 1\ndomain shop\n";

fn git(folder: &Path, arguments: &[&str]) {
    let output = Command::new("git")
        .arg("-C")
        .arg(folder)
        .args([
            "-c",
            "user.name=a",
            "-c",
            "user.email=a@example.org",
            "-c",
            "commit.gpgsign=false",
        ])
        .args(arguments)
        .env_remove("GIT_DIR")
        .env_remove("GIT_WORK_TREE")
        .env_remove("GIT_INDEX_FILE")
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
}

/// A repository with a lock in a folder, committed, tagged, changed and committed again.
fn repository() -> TempDir {
    let root = TempDir::new().unwrap();
    let shop = root.path().join("crates/shop");
    fs::create_dir_all(&shop).unwrap();
    git(root.path(), &["init", "--quiet"]);
    let commit = |text: &[u8]| {
        fs::write(shop.join("eventide.lock"), text).unwrap();
        git(root.path(), &["add", "."]);
        git(root.path(), &["commit", "--quiet", "--message", "lock"]);
    };
    commit(TEXT.as_bytes());
    git(root.path(), &["tag", "released"]);
    commit(b"\xff");
    git(root.path(), &["tag", "bytes"]);
    commit(b"format 1\nno domain");
    git(root.path(), &["tag", "spoiled"]);
    commit(format!("{TEXT}event Placed 1\n").as_bytes());
    root
}

#[test]
fn a_lock_is_read_as_it_was() {
    let root = repository();
    let path = root.path().join("crates/shop/eventide.lock");
    let blocks = |revision| Lock::at_revision(&path, revision).unwrap().blocks.len();
    assert_eq!(blocks("HEAD"), 1);
    assert_eq!(blocks("released"), 0);
    assert_eq!(blocks("HEAD~3"), 0);
    fs::remove_file(&path).unwrap();
    assert_eq!(blocks("HEAD"), 1);
}

#[test]
fn what_is_not_there_is_said() {
    let root = repository();
    let folder = root.path().join("crates/shop");
    let error = |path: &Path, revision| Lock::at_revision(path, revision).unwrap_err();
    let path = folder.join("eventide.lock");

    assert!(matches!(
        error(&folder.join("other.lock"), "HEAD"),
        RevisionError::NotThere { revision, .. } if revision == "HEAD"
    ));
    assert!(matches!(
        error(&path, "bytes"),
        RevisionError::NotText { .. }
    ));
    assert!(matches!(
        error(&path, "spoiled"),
        RevisionError::Malformed { source, .. } if source.line == 2
    ));
    assert!(matches!(
        error(Path::new(".."), "HEAD"),
        RevisionError::NotAFile { .. }
    ));

    let unknown = error(&path, "no-such-branch");
    assert_eq!(
        unknown.to_string(),
        "the repository has no revision `no-such-branch`: expected a branch, a tag or a commit"
    );
}

#[test]
fn a_revision_is_never_an_option_nor_the_index() {
    let root = repository();
    let path = root.path().join("crates/shop/eventide.lock");
    for revision in [
        "",
        "-p",
        "--all",
        "--output=x",
        "a\0b",
        "HEAD:crates",
        "HEAD released",
    ] {
        assert!(
            matches!(
                Lock::at_revision(&path, revision),
                Err(RevisionError::UnknownRevision { .. })
            ),
            "{revision}"
        );
    }
    assert!(!root.path().join("crates/shop/x").exists());
}

#[test]
fn a_folder_outside_of_every_repository_is_said() {
    let root = TempDir::new().unwrap();
    for folder in [root.path().to_owned(), root.path().join("missing")] {
        let error = Lock::at_revision(&folder.join("eventide.lock"), "HEAD").unwrap_err();
        assert!(
            matches!(error, RevisionError::NotARepository { .. }),
            "{error}"
        );
    }
}

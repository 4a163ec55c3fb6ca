//! Opening connections: nothing is written to a file before it is known to be ours.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use eventide_core::store::{StoreError, StoreErrorKind};
use rusqlite::{Connection, Error, OpenFlags};

use crate::error::{Place, is_locked};
use crate::migrate::{CURRENT, Found, look, migrate};
use crate::options::{Durability, SqliteOptions};

/// How many statements a connection keeps prepared.
const STATEMENTS: usize = 64;

/// Refuses paths that cannot name a database file, before SQLite makes something of them.
pub(crate) fn check_path(place: &Place, options: &SqliteOptions) -> Result<(), StoreError> {
    let path = place.path();
    let refuse = |kind, why: &str| Err(place.error(kind, "open", why));
    if path.as_os_str().is_empty() || path == Path::new(":memory:") {
        return refuse(
            StoreErrorKind::NotOurs,
            "an SQLite store lives in a file; give a path, or use `MemoryStore`",
        );
    }
    if path.is_dir() {
        return refuse(
            StoreErrorKind::NotOurs,
            "it is a directory; give the path of a file in it",
        );
    }
    if path.exists() {
        return Ok(());
    }
    if options.read_only || !options.create {
        return refuse(
            StoreErrorKind::Unavailable,
            "there is no such file; check the path, or open it with `create(true)` and for writing",
        );
    }
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() && !folder.is_dir() => refuse(
            StoreErrorKind::Unavailable,
            "its directory does not exist; create it first",
        ),
        _ => Ok(()),
    }
}

/// The one connection that writes. Creates the file and brings its tables up to date.
pub(crate) fn writer(place: &Place, options: &SqliteOptions) -> Result<Connection, StoreError> {
    let failed = |source| place.failed("open", source);
    let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    if options.create {
        flags |= OpenFlags::SQLITE_OPEN_CREATE;
    }
    let conn = open(place, flags).map_err(failed)?;
    let found = patiently(place, || look(&conn)).map_err(failed)?;
    let version = usable(place, &found)?;
    if conn.is_readonly("main").map_err(failed)? {
        return Err(place.error(
            StoreErrorKind::ReadOnly,
            "open",
            "it may only be read; change its permissions, or use `open_read_only`",
        ));
    }
    log_ahead(&conn, place)?;
    if version != Some(CURRENT) {
        let found = patiently(place, || migrate(&conn)).map_err(failed)?;
        usable(place, &found)?;
    }
    tune(&conn, options).map_err(failed)?;
    Ok(conn)
}

/// Sees to it that the file has a write-ahead log, so that readers and the writer do not wait for
/// each other.
fn log_ahead(conn: &Connection, place: &Place) -> Result<(), StoreError> {
    // Switching does not wait for other connections by itself.
    let mode: String = patiently(place, || {
        conn.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))
    })
    .map_err(|source| place.failed("open", source))?;
    if mode == "wal" {
        return Ok(());
    }
    Err(place.error(
        StoreErrorKind::Other,
        "open",
        "its file system does not support SQLite's write-ahead log; put it on a local disk",
    ))
}

fn tune(conn: &Connection, options: &SqliteOptions) -> Result<(), Error> {
    let synchronous = match options.durability {
        Durability::Full => "FULL",
        Durability::MayLoseLastCommitsOnPowerLoss => "NORMAL",
    };
    // A checkpoint every 16 MiB of log: pages written often are moved once.
    conn.execute_batch(&format!(
        "PRAGMA synchronous = {synchronous};
         PRAGMA wal_autocheckpoint = 4000;
         PRAGMA journal_size_limit = 67108864;
         PRAGMA cache_size = -32768;"
    ))?;
    match options.max_pages {
        Some(pages) => conn.execute_batch(&format!("PRAGMA max_page_count = {pages}")),
        None => Ok(()),
    }
}

/// A connection that only reads, of a file that is known to be ours.
pub(crate) fn reader(place: &Place) -> Result<Connection, Error> {
    let conn = open(
        place,
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    conn.execute_batch("PRAGMA query_only = ON; PRAGMA cache_size = -8192;")?;
    Ok(conn)
}

/// The first connection of a store that is opened for reading only.
pub(crate) fn first_reader(place: &Place) -> Result<Connection, StoreError> {
    let failed = |source| place.failed("open", source);
    let conn = reader(place).map_err(failed)?;
    let found = patiently(place, || look(&conn)).map_err(failed)?;
    match usable(place, &found)? {
        Some(CURRENT) => Ok(conn),
        None => Err(place.error(
            StoreErrorKind::NotOurs,
            "read",
            "it is an empty database; open it for writing first",
        )),
        Some(_) => Err(place.error(
            StoreErrorKind::ReadOnly,
            "read",
            "an earlier eventide made it; open it for writing once to bring it up to date",
        )),
    }
}

fn open(place: &Place, flags: OpenFlags) -> Result<Connection, Error> {
    let conn = Connection::open_with_flags(place.path(), flags)?;
    conn.busy_timeout(place.busy_timeout)?;
    conn.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(conn)
}

/// The schema version, none if the file is empty.
fn usable(place: &Place, found: &Found) -> Result<Option<usize>, StoreError> {
    match found {
        Found::Empty => Ok(None),
        Found::Ours(version) => Ok(Some(*version)),
        Found::Newer(version) => Err(place.error(
            StoreErrorKind::Newer,
            "open",
            &format!(
                "its schema version is {version}, this program knows versions up to {CURRENT}; \
                 use a later eventide"
            ),
        )),
        Found::Foreign => Err(place.error(
            StoreErrorKind::NotOurs,
            "open",
            "it is a database of another application; choose another path",
        )),
    }
}

/// Repeats what another connection was in the way of, for as long as the store waits for locks.
fn patiently<T>(place: &Place, mut attempt: impl FnMut() -> Result<T, Error>) -> Result<T, Error> {
    let started = Instant::now();
    loop {
        match attempt() {
            Err(source) if is_locked(&source) && started.elapsed() < place.busy_timeout => {
                thread::sleep(Duration::from_millis(2));
            }
            done => return done,
        }
    }
}

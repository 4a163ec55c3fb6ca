//! Which generation of a view serves its readers.

use rusqlite::{Connection, Error, OptionalExtension};

const SERVING: &str = "SELECT generation FROM view_generations WHERE view = ?1 AND version = ?2";

const SERVE: &str = "
    INSERT INTO view_generations (view, version, generation) VALUES (?1, ?2, ?3)
    ON CONFLICT (view, version) DO UPDATE SET generation = excluded.generation";

/// The first, until another is chosen.
pub(crate) fn serving(conn: &Connection, view: &str, version: u32) -> Result<u32, Error> {
    let mut statement = conn.prepare_cached(SERVING)?;
    let chosen = statement.query_row((view, version), |row| row.get(0));
    Ok(chosen.optional()?.unwrap_or(1))
}

pub(crate) fn serve(
    conn: &Connection,
    view: &str,
    version: u32,
    generation: u32,
) -> Result<(), Error> {
    let mut statement = conn.prepare_cached(SERVE)?;
    statement.execute((view, version, generation)).map(|_| ())
}

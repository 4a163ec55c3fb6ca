//! What a domain's derive read in its lock, compared with the code while the domain is compiled
//! (EV07).
//!
//! Hashes are compared; only when two differ are the lines looked at, to word the difference. Each
//! check is called once per aggregate: the compiler refuses const evaluation that goes on for too
//! long.

mod blocks;
mod changes;
mod check;
mod line;
mod mode;
#[cfg(test)]
mod tests;
mod words;

pub use check::{as_in_lock, hints, lock_file, lock_is_there, nothing_is_lost};
pub use mode::{Mode, Unlocked, known_mode};

/// A lock file, as it was when the program was compiled.
#[derive(Debug, Clone, Copy)]
pub struct LockFile {
    /// Where it lies on the machine that compiled the program.
    pub path: &'static str,
    /// As the domain names it.
    pub name: &'static str,
    /// It was there.
    pub exists: bool,
    /// Every event version it holds, sorted by the hash of the name and then by version.
    pub events: &'static [Locked],
    /// Where in `events` those begin whose name's hash has a first byte of 0, of 1, and so on: a
    /// search by halving is slow in const evaluation.
    pub starts: &'static [usize; 256],
}

impl LockFile {
    /// Where the blocks begin whose name's hash has the same first byte.
    const fn first(&self, [byte, ..]: [u8; 8]) -> Option<usize> {
        match self.starts.split_at_checked(byte as usize) {
            Some((_, [start, ..])) => Some(*start),
            _ => None,
        }
    }
}

/// One event version of a lock.
#[derive(Debug, Clone, Copy)]
pub struct Locked {
    /// The stored name.
    pub name: &'static str,
    /// FNV-1a of the name.
    pub name_hash: u64,
    /// The schema version.
    pub version: u32,
    /// It does not change any more.
    pub published: bool,
    /// The sum of the hashes of its lines.
    pub hash: u64,
    /// Its lines.
    pub lines: &'static [LockedLine],
}

/// One line of an event version: the hash of its path, that of the whole line, and the line as the
/// lock writes it, such as `note?: string`.
pub type LockedLine = (u64, u64, &'static str);

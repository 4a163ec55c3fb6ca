//! The file that holds a lock.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process;

use eventide_lock::{Lock, ParseError};
use thiserror::Error;

/// A lock file that could not be read or written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FileError {
    /// It is there and cannot be read.
    #[error("cannot read the lock file {}", path.display())]
    Read {
        /// Where it lies.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It is no lock.
    #[error("{} is not a lock file of a format this program reads", path.display())]
    Parse {
        /// Where it lies.
        path: PathBuf,
        /// Where in it, and why.
        #[source]
        source: ParseError,
    },
    /// It cannot be written.
    #[error("cannot write the lock file {}", path.display())]
    Write {
        /// Where it lies.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// Reads a lock file. One that is not there is an empty lock.
///
/// # Errors
/// It is there and cannot be read, or is no lock.
pub fn read(path: impl AsRef<Path>) -> Result<Lock, FileError> {
    let path = path.as_ref();
    match fs::read_to_string(path) {
        Ok(text) => parse(path, &text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Lock::default()),
        Err(source) => Err(FileError::Read {
            path: path.to_owned(),
            source,
        }),
    }
}

fn parse(path: &Path, text: &str) -> Result<Lock, FileError> {
    Lock::parse(text).map_err(|source| FileError::Parse {
        path: path.to_owned(),
        source,
    })
}

/// Writes a lock file, whole or not at all. A file that says the same already is left alone.
///
/// # Errors
/// The file or its folder cannot be written.
pub fn write(path: impl AsRef<Path>, lock: &Lock) -> Result<(), FileError> {
    let path = path.as_ref();
    let text = lock.to_string();
    if fs::read(path).is_ok_and(|written| written == text.as_bytes()) {
        return Ok(());
    }
    replace(path, &text).map_err(|source| FileError::Write {
        path: path.to_owned(),
        source,
    })
}

fn replace(path: &Path, text: &str) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.new", process::id()));
    let new = path.with_file_name(name);
    let written = File::create(&new).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&new, path)
    });
    if written.is_err() {
        // The error that counts is the one before.
        let _ = fs::remove_file(&new);
    }
    written
}

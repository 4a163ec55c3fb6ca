//! The lock as it was in a revision of git.

use std::{
    ffi::{OsStr, OsString},
    io,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use crate::{Lock, ParseError};

/// Why the lock of a revision could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RevisionError {
    /// There is no program `git`.
    #[error("`git` is not installed, or not on the path")]
    NoGit,
    /// `git` could not be run.
    #[error("cannot run `git`")]
    Run(#[source] io::Error),
    /// The path has no file name.
    #[error("`{}` is not the path of a lock", path.display())]
    NotAFile {
        /// The path given.
        path: PathBuf,
    },
    /// The file's folder is in no repository, or in one that git does not open.
    #[error("`{}` is not in a git repository: {detail}", folder.display())]
    NotARepository {
        /// The folder of the lock.
        folder: PathBuf,
        /// What git says.
        detail: String,
    },
    /// The repository has no such commit.
    #[error("the repository has no revision `{revision}`: expected a branch, a tag or a commit")]
    UnknownRevision {
        /// The revision given.
        revision: String,
    },
    /// The revision does not have the file.
    #[error("`{}` is not in revision `{revision}`: {detail}", path.display())]
    NotThere {
        /// The path given.
        path: PathBuf,
        /// The revision given.
        revision: String,
        /// What git says.
        detail: String,
    },
    /// The file of that revision is not UTF-8.
    #[error("`{}` in revision `{revision}` is no text", path.display())]
    NotText {
        /// The path given.
        path: PathBuf,
        /// The revision given.
        revision: String,
    },
    /// The file of that revision is no lock.
    #[error("`{}` in revision `{revision}` cannot be read", path.display())]
    Malformed {
        /// The path given.
        path: PathBuf,
        /// The revision given.
        revision: String,
        /// What is wrong with it.
        #[source]
        source: ParseError,
    },
}

impl Lock {
    /// Reads the lock that lies at `path` as it was in a revision of the git repository around it.
    ///
    /// The revision is whatever names a commit: `main`, `v1.2`, `HEAD~3`, `3f1c9e2`. Neither the
    /// file nor the repository is touched, and the file need not be there any more.
    ///
    /// # Errors
    /// If there is no git, no repository, no such revision or no such file in it, or if the file
    /// cannot be read.
    ///
    /// ```no_run
    /// use std::path::Path;
    /// use eventide_lock::Lock;
    ///
    /// let released = Lock::at_revision(Path::new("eventide.lock"), "v1.2")?;
    /// # Ok::<(), eventide_lock::RevisionError>(())
    /// ```
    pub fn at_revision(path: &Path, revision: &str) -> Result<Self, RevisionError> {
        let Some(file) = path.file_name() else {
            return Err(RevisionError::NotAFile { path: path.into() });
        };
        let folder = match path.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        };
        let repository = git(folder, ["rev-parse", "--git-dir"])?;
        if !repository.status.success() {
            return Err(RevisionError::NotARepository {
                folder: folder.into(),
                detail: said(&repository),
            });
        }
        let commit = commit(folder, revision)?;
        let mut blob = OsString::from(format!("{commit}:./"));
        blob.push(file);
        let shown = git(folder, [OsStr::new("cat-file"), OsStr::new("blob"), &blob])?;
        let (path, revision) = (path.to_owned(), revision.to_owned());
        if !shown.status.success() {
            let detail = said(&shown);
            return Err(RevisionError::NotThere {
                path,
                revision,
                detail,
            });
        }
        match String::from_utf8(shown.stdout) {
            Err(_) => Err(RevisionError::NotText { path, revision }),
            Ok(text) => Self::parse(&text).map_err(|source| RevisionError::Malformed {
                path,
                revision,
                source,
            }),
        }
    }
}

/// The full hash of the commit that `revision` names.
fn commit(folder: &Path, revision: &str) -> Result<String, RevisionError> {
    let unknown = || RevisionError::UnknownRevision {
        revision: revision.to_owned(),
    };
    // What begins with `-` would be an option to git.
    if revision.starts_with('-') || revision.contains('\0') {
        return Err(unknown());
    }
    let object = format!("{revision}^{{commit}}");
    let found = git(folder, ["rev-parse", "--verify", "--quiet", &object])?;
    let commit = String::from_utf8_lossy(&found.stdout).trim().to_owned();
    if found.status.success() && !commit.is_empty() {
        Ok(commit)
    } else {
        Err(unknown())
    }
}

fn git<A: AsRef<OsStr>>(
    folder: &Path,
    arguments: impl IntoIterator<Item = A>,
) -> Result<Output, RevisionError> {
    Command::new("git")
        // Not `current_dir`: a missing folder would look like a missing git.
        .arg("-C")
        .arg(folder)
        .args(arguments)
        .env("LC_ALL", "C")
        // A git hook sets these; with them the folder would be taken for the top of the work tree.
        .env_remove("GIT_DIR")
        .env_remove("GIT_WORK_TREE")
        .env_remove("GIT_PREFIX")
        .output()
        .map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => RevisionError::NoGit,
            _ => RevisionError::Run(error),
        })
}

/// The first line that git printed as an error.
fn said(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    let line = text.lines().next().unwrap_or_default();
    line.strip_prefix("fatal: ").unwrap_or(line).to_owned()
}

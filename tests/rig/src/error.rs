//! Why a server could not be had, or did not do what was asked.

use std::io;
use std::process::ExitStatus;
use std::time::Duration;

/// What [`Server`](crate::Server) answers.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a server could not be had, or did not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// PostgreSQL is not on this machine, or not where it was looked for.
    #[error(
        "cannot find PostgreSQL's `{program}` in {looked_in}; install it (`apt-get install \
         postgresql`), or name the folder of its programs in EVENTIDE_PG_BIN"
    )]
    NotInstalled {
        /// The program that is missing.
        program: &'static str,
        /// Where it was looked for.
        looked_in: String,
    },

    /// PostgreSQL refuses to run as root, and this machine has no other user to run it as.
    #[error(
        "PostgreSQL refuses to run as root, and there is neither a user `postgres` nor `nobody`; \
         add one of them, or run the tests as another user"
    )]
    NoUser,

    /// The operating system refused something.
    #[error("cannot {attempt}")]
    Io {
        /// What was tried.
        attempt: String,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },

    /// One of PostgreSQL's programs failed.
    #[error("`{program}` failed, {status}:\n{output}")]
    Program {
        /// The program.
        program: String,
        /// How it ended.
        status: ExitStatus,
        /// The end of what it printed.
        output: String,
    },

    /// The server ended while it was starting.
    #[error("PostgreSQL ended while it started, {status}; the end of its log:\n{log}")]
    Ended {
        /// How it ended.
        status: ExitStatus,
        /// The end of its log.
        log: String,
    },

    /// Another program listens on the server's port.
    #[error(
        "port {port} of 127.0.0.1 was taken by another program; `restart` when it is free, or start another server"
    )]
    PortTaken {
        /// The port.
        port: u16,
    },

    /// Something that was waited for did not come.
    #[error("waited {waited:?} in vain until {until}; the end of the server's log:\n{log}")]
    TimedOut {
        /// What was waited for.
        until: String,
        /// How long.
        waited: Duration,
        /// The end of the server's log.
        log: String,
    },

    /// The server was killed or stopped before.
    #[error("the server does not run; `restart` it first")]
    NotRunning,

    /// There is no such backend of this server.
    #[error("process {pid} is no backend of this server")]
    NoSuchBackend {
        /// The id that was asked for.
        pid: i32,
    },

    /// PostgreSQL refused a connection or a statement.
    #[error("PostgreSQL refused to {attempt}")]
    Refused {
        /// What was tried.
        attempt: String,
        /// What PostgreSQL said.
        #[source]
        source: tokio_postgres::Error,
    },
}

impl Error {
    pub(crate) fn io(attempt: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let attempt = attempt.into();
        move |source| Self::Io { attempt, source }
    }

    pub(crate) fn refused(
        attempt: impl Into<String>,
    ) -> impl FnOnce(tokio_postgres::Error) -> Self {
        let attempt = attempt.into();
        move |source| Self::Refused { attempt, source }
    }
}

/// The last lines of `text`: what a message quotes of a log.
pub(crate) fn tail(text: &str) -> String {
    const LINES: usize = 30;
    let lines: Vec<&str> = text.lines().collect();
    let from = lines.len().saturating_sub(LINES);
    lines.get(from..).unwrap_or_default().join("\n")
}

//! What PostgreSQL's failures mean for the store, and what to do about them.

use std::error::Error as _;
use std::{fmt, io};

use eventide_core::store::{StoreError, StoreErrorKind};
use tokio_postgres::Error;
use tokio_postgres::error::{DbError, SqlState};

/// What the append function raises where the log lost events.
pub(crate) const WENT_BACK: &str = "EVT01";

/// Who keeps subscriptions and views. Nobody else does, so what concerns them goes by this name.
pub(crate) const PROJECTOR: &str = "projector";

/// What messages need to know: which database, without its password.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) address: String,
    pub(crate) schema: String,
    /// The role of the store that may do what is attempted.
    pub(crate) role: &'static str,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (schema {})", self.address, self.schema)
    }
}

impl Place {
    /// The database whose log is worked on.
    pub(crate) fn new(address: String, schema: String) -> Self {
        Self {
            address,
            schema,
            role: "writer",
        }
    }

    /// The failure of `attempt` ("append to", "read"), by what PostgreSQL or the connection said.
    pub(crate) fn failed(&self, attempt: &str, source: Error) -> StoreError {
        let kind = kind_of(&source);
        let advice = advice(kind, &source, self.role);
        StoreError::new(kind, format!("cannot {attempt} {self}: {advice}")).with_source(source)
    }

    /// A failure that PostgreSQL did not report.
    pub(crate) fn error(&self, kind: StoreErrorKind, attempt: &str, why: &str) -> StoreError {
        StoreError::new(kind, format!("cannot {attempt} {self}: {why}"))
    }

    pub(crate) fn closed(&self, attempt: &str) -> StoreError {
        let why = "the store was closed; open it anew";
        self.error(StoreErrorKind::Closed, attempt, why)
    }

    /// Nothing was said in time.
    pub(crate) fn silent(&self, attempt: &str) -> StoreError {
        let why = "no answer came in time; the server or the network stands still";
        self.error(StoreErrorKind::Unavailable, attempt, why)
    }

    /// Nobody can say yet whether it was stored.
    pub(crate) fn unknown(&self, attempt: &str, source: Option<Error>) -> StoreError {
        let why = "the connection was lost before the answer, and the server does not come back; \
                   repeat the same request to know whether it was kept";
        let error = self.error(StoreErrorKind::Unknown, attempt, why);
        match source {
            Some(source) => error.with_source(source),
            None => error,
        }
    }

    /// What is stored is not what the store writes.
    pub(crate) fn damaged(&self, what: &str, reason: &str) -> StoreError {
        let why = format!("{what} is damaged, {reason}; restore the database from a backup");
        self.error(StoreErrorKind::Corrupt, "read", &why)
    }
}

/// What to do about a pooler nobody spoke of.
pub(crate) const POOLER: &str = "a pooler shares its connections between sessions; add \
                                 `pooler=transaction` to the address, or connect past it";

fn advice(kind: StoreErrorKind, source: &Error, role: &str) -> String {
    let code = source.code();
    if is_of_pooler(source) {
        return POOLER.to_owned();
    }
    if code == Some(&SqlState::INSUFFICIENT_PRIVILEGE) {
        return format!("its role may not do that; grant it the store's {role} role");
    }
    if is_of_tls(source) {
        let cause = source.source().map(ToString::to_string);
        return format!(
            "no encrypted connection that can be trusted: {}; `sslrootcert=` names a file of \
             certificates to trust, the address must name the host as its certificate does, and \
             `sslmode=disable` goes without",
            cause.unwrap_or_default()
        );
    }
    if code == Some(&SqlState::INVALID_AUTHORIZATION_SPECIFICATION) {
        return format!(
            "the server lets nobody in this way: {}; if it wants encryption, `sslmode=require` \
             gives it",
            source.as_db_error().map_or("", DbError::message)
        );
    }
    if code == Some(&SqlState::TOO_MANY_CONNECTIONS) {
        return "the server has no connection left; raise its `max_connections`, or use fewer \
                `connections`"
            .to_owned();
    }
    match kind {
        StoreErrorKind::Locked if role == PROJECTOR => {
            "another session is at work on the same partition or view too long; `pg_stat_activity` \
             shows it"
        }
        StoreErrorKind::Locked => {
            "another session holds the log's lock too long; `PostgresStore::lock_holders` names it"
        }
        StoreErrorKind::Full => "the server has no space left; free some and try again",
        StoreErrorKind::ReadOnly => {
            "the server only reads: it is a standby, or was set so; connect to the primary"
        }
        StoreErrorKind::Corrupt => "PostgreSQL finds it damaged; restore it from a backup",
        StoreErrorKind::NotOurs => {
            "the tables of the store are not there; create them with `PostgresOptions::migrate`"
        }
        StoreErrorKind::Constraint => {
            "a constraint of its tables refused it; an event id must be new"
        }
        StoreErrorKind::Unavailable => "the server cannot be reached; check the address, and that it runs",
        StoreErrorKind::WentBack => {
            "events that were acknowledged are gone from it: an older backup was restored, or a \
             standby that had not received them was promoted; open the store anew to go on from there"
        }
        _ => {
            return match source.as_db_error() {
                Some(refusal) => format!("PostgreSQL refused: {}", refusal.message()),
                None => "the driver refused".to_owned(),
            };
        }
    }
    .to_owned()
}

/// Whether a pooler is between us and the server, and does what no server would.
fn is_of_pooler(source: &Error) -> bool {
    let Some(refusal) = source.as_db_error() else {
        return false;
    };
    match *refusal.code() {
        SqlState::INVALID_SQL_STATEMENT_NAME | SqlState::DUPLICATE_PSTATEMENT => true,
        SqlState::PROTOCOL_VIOLATION => refusal.message().contains("startup parameter"),
        _ => false,
    }
}

/// Whether a connection was made, and its encryption or certificate refused.
pub(crate) fn is_of_tls(source: &Error) -> bool {
    if source.code().is_some() || !source.to_string().contains("TLS") {
        return false;
    }
    let cause = source
        .source()
        .and_then(|cause| cause.downcast_ref::<io::Error>());
    // Others are of the network, which may recover.
    cause.is_none_or(|cause| {
        matches!(
            cause.kind(),
            io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput
        )
    })
}

pub(crate) fn kind_of(source: &Error) -> StoreErrorKind {
    if is_of_tls(source) || is_of_pooler(source) {
        return StoreErrorKind::Other;
    }
    let Some(code) = source.code() else {
        return if lost_in_transit(source) {
            StoreErrorKind::Unavailable
        } else {
            StoreErrorKind::Other
        };
    };
    match *code {
        SqlState::T_R_SERIALIZATION_FAILURE
        | SqlState::T_R_DEADLOCK_DETECTED
        | SqlState::LOCK_NOT_AVAILABLE
        | SqlState::QUERY_CANCELED => StoreErrorKind::Locked,
        SqlState::DISK_FULL => StoreErrorKind::Full,
        SqlState::READ_ONLY_SQL_TRANSACTION => StoreErrorKind::ReadOnly,
        SqlState::DATA_CORRUPTED | SqlState::INDEX_CORRUPTED => StoreErrorKind::Corrupt,
        SqlState::UNDEFINED_TABLE
        | SqlState::UNDEFINED_FUNCTION
        | SqlState::INVALID_SCHEMA_NAME
        | SqlState::INVALID_CATALOG_NAME => StoreErrorKind::NotOurs,
        SqlState::ADMIN_SHUTDOWN
        | SqlState::CRASH_SHUTDOWN
        | SqlState::CANNOT_CONNECT_NOW
        | SqlState::DATABASE_DROPPED
        | SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT
        | SqlState::TOO_MANY_CONNECTIONS
        | SqlState::OUT_OF_MEMORY => StoreErrorKind::Unavailable,
        _ => match code.code() {
            WENT_BACK => StoreErrorKind::WentBack,
            // Sessions that were idle, or transactions that took, longer than a later server allows.
            "57P05" | "25P04" => StoreErrorKind::Unavailable,
            other if other.starts_with("08") => StoreErrorKind::Unavailable,
            other if other.starts_with("23") => StoreErrorKind::Constraint,
            _ => StoreErrorKind::Other,
        },
    }
}

/// Whether the connection failed, rather than the statement: the server may have done what was
/// asked, or not.
pub(crate) fn lost_in_transit(source: &Error) -> bool {
    if let Some(code) = source.code() {
        return matches!(kind_of(source), StoreErrorKind::Unavailable)
            && *code != SqlState::TOO_MANY_CONNECTIONS
            && *code != SqlState::OUT_OF_MEMORY;
    }
    if is_of_tls(source) {
        return false;
    }
    source.is_closed()
        || source
            .source()
            .is_some_and(<dyn std::error::Error>::is::<io::Error>)
}

/// Whether trying again may help: the connection failed, or somebody was in the way.
pub(crate) fn is_transient(source: &Error) -> bool {
    lost_in_transit(source)
        || matches!(
            kind_of(source),
            StoreErrorKind::Locked | StoreErrorKind::Unavailable | StoreErrorKind::ReadOnly
        )
}

/// Whether two transactions were in each other's way, and one of them had to give way.
pub(crate) fn gave_way(source: &Error) -> bool {
    source.code().is_some_and(|code| {
        *code == SqlState::T_R_SERIALIZATION_FAILURE || *code == SqlState::T_R_DEADLOCK_DETECTED
    })
}

/// The constraint whose uniqueness the row would have broken.
pub(crate) fn not_unique(source: &Error) -> Option<&str> {
    let refusal = source.as_db_error()?;
    (*refusal.code() == SqlState::UNIQUE_VIOLATION)
        .then_some(refusal.constraint())
        .flatten()
}

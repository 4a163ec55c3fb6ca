//! What can be wrong with the text of a lock.

/// Why the text of a lock could not be read, and on which line.
///
/// Its text names the line, what stands there and what was expected.
///
/// ```
/// use eventide_lock::{Lock, Malformed};
///
/// let error = Lock::parse("format 1\ndomain shop\nevent OrderPlaced one\n").unwrap_err();
/// assert_eq!(error.line, 3);
/// assert!(matches!(error.problem, Malformed::Unexpected { .. }));
/// assert_eq!(
///     error.to_string(),
///     "line 3: expected a schema version, a number from 1, found `one`"
/// );
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
#[non_exhaustive]
pub struct ParseError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong there.
    pub problem: Malformed,
}

/// What is wrong with a text that should be (part of) a lock.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Malformed {
    /// Something else was expected.
    #[error("expected {expected}, found {found}")]
    Unexpected {
        /// What would have been right.
        expected: &'static str,
        /// The beginning of what stands there, in backticks, or `nothing`.
        found: String,
    },
    /// The file's format is younger than this program.
    #[error(
        "the lock has format {format}, which a newer eventide wrote; this one reads format {}: update eventide",
        crate::FORMAT
    )]
    NewerFormat {
        /// The number in the file.
        format: u64,
    },
    /// Two branches were merged, and git left the decision to a person.
    #[error(
        "`{marker}` is left of a git merge: remove the markers and keep the blocks of both sides, \
         or take either side as it is and accept again"
    )]
    MergeConflict {
        /// The marker found.
        marker: &'static str,
    },
    /// A version of an event has two blocks.
    #[error(
        "event `{event}` version {version} is already on line {first}: expected one block for each version"
    )]
    DuplicateBlock {
        /// The event's stored name.
        event: String,
        /// The schema version.
        version: u32,
        /// The line of the first block.
        first: usize,
    },
    /// A path stands twice in one block.
    #[error("path `{path}` is already on line {first}: expected one line for each path")]
    DuplicateLine {
        /// The path, as the lock writes it.
        path: String,
        /// The line where it first stands.
        first: usize,
    },
    /// A type holds types that hold types, or a path goes through them, and so on.
    #[error(
        "nested more than {} deep: expected something simpler, such as `opaque \"name\"`",
        crate::MAX_DEPTH
    )]
    TooDeep,
    /// A payload is no JSON.
    #[error("expected a payload as JSON on one line: {reason}")]
    Payload {
        /// What is wrong with it.
        reason: String,
    },
}

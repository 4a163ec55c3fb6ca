//! One decision as an application makes it: validate, look whether the aggregate exists, decide.

use jiff::Timestamp;

use super::block_on::block_on;
use crate::aggregate::Aggregate;
use crate::command::{CommandSet, Existence, InvalidCommand};
use crate::context::Context;
use crate::id_source::{CountingIds, IdSource};
use crate::ids::{CommandId, Version};
use crate::metadata::Metadata;
use crate::stream::StreamId;
use crate::time::FixedClock;

/// When a test takes place unless it says otherwise.
pub(super) const NOW: &str = "2010-12-01T08:26:00Z";

/// What came of a command.
#[derive(Debug)]
pub(super) enum Answer<A: Aggregate> {
    Events(Vec<A::Event>),
    Rejected(A::Error),
    Invalid(InvalidCommand),
    NotFound,
    AlreadyExists,
}

/// What a decision is made with besides state and command.
pub(super) struct Circumstances<'a, S> {
    pub(super) stream: &'a StreamId,
    pub(super) metadata: &'a Metadata,
    pub(super) command_id: CommandId,
    pub(super) clock: &'a FixedClock,
    pub(super) ids: &'a dyn IdSource,
    pub(super) services: &'a S,
}

/// Decides `command` on the state after `version`.
pub(super) fn decide<A: Aggregate>(
    state: &A,
    version: Version,
    command: A::Command,
    circumstances: &Circumstances<'_, A::Services>,
) -> Answer<A> {
    if let Err(invalid) = command.validate() {
        return Answer::Invalid(invalid);
    }
    let exists = version.get() > 0;
    match command.info().existence {
        Existence::Must if !exists => return Answer::NotFound,
        Existence::MustNot if exists => return Answer::AlreadyExists,
        _ => {}
    }
    let context = Context {
        stream: circumstances.stream,
        version,
        command_id: circumstances.command_id,
        metadata: circumstances.metadata,
        clock: circumstances.clock,
        ids: circumstances.ids,
        services: circumstances.services,
    };
    match block_on(state.decide(command, &context)) {
        Ok(events) => Answer::Events(events),
        Err(error) => Answer::Rejected(error),
    }
}

/// A clock that stands at [`NOW`].
pub(super) fn standing_clock() -> FixedClock {
    FixedClock::at(NOW.parse().unwrap_or(Timestamp::UNIX_EPOCH))
}

/// As [`decide`], in circumstances that are the same each time.
pub(super) fn decide_again<A: Aggregate>(
    state: &A,
    version: Version,
    command: A::Command,
    stream: &StreamId,
    services: &A::Services,
) -> Answer<A> {
    let command_id = CommandId::derived("laws", &version.to_string());
    let circumstances = Circumstances {
        stream,
        metadata: &Metadata::of_command(command_id),
        command_id,
        clock: &standing_clock(),
        ids: &CountingIds::default(),
        services,
    };
    decide(state, version, command, &circumstances)
}

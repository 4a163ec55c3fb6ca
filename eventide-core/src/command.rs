//! Commands: intentions, in the imperative, one struct each.

use std::fmt;

use serde::Deserializer;
use serde::de::DeserializeOwned;
use thiserror::Error;

use crate::aggregate::Aggregate;
use crate::stream::AggregateId;

/// An intention addressed to one aggregate. Derive it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a command",
    label = "not a command",
    note = "put `#[derive(Debug, Clone, Deserialize, Command)]` on `{Self}` and `#[command(id)]` on the field that holds the aggregate's id"
)]
pub trait Command: fmt::Debug + Clone + DeserializeOwned + Send + Sync + 'static {
    /// The identity of the aggregate it is addressed to.
    type Id: AggregateId;

    /// What is known of the command without an instance.
    const INFO: CommandInfo;

    /// Which aggregate it is addressed to.
    fn aggregate_id(&self) -> &Self::Id;

    /// Checks what can be checked without the aggregate's state, before anything is loaded.
    ///
    /// # Errors
    /// Names every field that is not acceptable.
    fn validate(&self) -> Result<(), InvalidCommand> {
        Ok(())
    }
}

/// The one aggregate that lists a command. Written by `#[derive(Aggregate)]`; a second aggregate
/// that lists the same command is an error (EV04) that this trait's name explains.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a command of any aggregate",
    label = "listed by no aggregate",
    note = "add `{Self}` to `#[aggregate(commands(..))]` of the aggregate that handles it"
)]
pub trait CommandOfOneAggregate: Command {
    /// The aggregate that handles it.
    type Aggregate: Aggregate<Id = Self::Id, Command: From<Self>>;
}

/// What is known of a command's type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct CommandInfo {
    /// The name it is routed by: the type's name unless `#[command(name = "..")]` says otherwise.
    pub name: &'static str,
    /// Whether the aggregate must exist, must not, or may.
    pub existence: Existence,
    /// `file:line` of the declaration.
    pub location: &'static str,
    /// The first paragraph of the type's doc comment; empty if it has none.
    pub doc: &'static str,
}

impl CommandInfo {
    /// Describes a command type.
    pub const fn new(
        name: &'static str,
        existence: Existence,
        location: &'static str,
        doc: &'static str,
    ) -> Self {
        Self {
            name,
            existence,
            location,
            doc,
        }
    }
}

/// What a command expects of its aggregate before it is decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Existence {
    /// It exists: at least one event was recorded. The default.
    Must,
    /// It does not exist yet: `#[command(creates)]`.
    MustNot,
    /// Either: `#[command(upserts)]`.
    May,
}

/// A command that is refused for what it holds, whatever the aggregate's state.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("command `{command}` is not acceptable: {}", join(.fields))]
#[non_exhaustive]
pub struct InvalidCommand {
    /// The command's name.
    pub command: &'static str,
    /// Every field that is not acceptable, and why.
    pub fields: Vec<InvalidField>,
}

impl InvalidCommand {
    /// Refuses `command` because of `fields`.
    pub fn new(command: &'static str, fields: Vec<InvalidField>) -> Self {
        Self { command, fields }
    }
}

/// A field of a command that is not acceptable.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvalidField {
    /// The path to the field, such as `lines[2].quantity`.
    pub path: String,
    /// Why it is not acceptable.
    pub reason: String,
}

impl InvalidField {
    /// Says what is wrong with the field at `path`.
    pub fn new(path: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            reason: reason.into(),
        }
    }
}

fn join(fields: &[InvalidField]) -> String {
    let parts: Vec<_> = fields
        .iter()
        .map(|f| format!("`{}` {}", f.path, f.reason))
        .collect();
    parts.join("; ")
}

/// The closed set of an aggregate's commands: the enum that `#[derive(Aggregate)]` writes.
///
/// Not for implementing by hand: one command is one struct.
pub trait CommandSet: fmt::Debug + Clone + Send + Sync + 'static {
    /// The identity of the aggregate the commands are addressed to.
    type Id: AggregateId;

    /// Every command of the set, in the order they are listed.
    const INFOS: &'static [CommandInfo];

    /// Which command this is.
    fn info(&self) -> &'static CommandInfo;

    /// Which aggregate it is addressed to.
    fn aggregate_id(&self) -> &Self::Id;

    /// See [`Command::validate`].
    ///
    /// # Errors
    /// Names every field that is not acceptable.
    fn validate(&self) -> Result<(), InvalidCommand>;

    /// Reads the command called `name`; `None` if the set has no such command.
    fn deserialize<'de, D: Deserializer<'de>>(
        name: &str,
        from: D,
    ) -> Option<Result<Self, D::Error>>;

    /// Reads the command called `name` from JSON; `None` if the set has no such command.
    fn from_json(name: &str, json: &[u8]) -> Option<Result<Self, serde_json::Error>> {
        let mut json = serde_json::Deserializer::from_slice(json);
        let command = Self::deserialize(name, &mut json)?;
        Some(command.and_then(|command| json.end().map(|()| command)))
    }
}

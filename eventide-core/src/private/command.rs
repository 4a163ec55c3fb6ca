//! What the enum of an aggregate's commands does with each of them.

use serde::Deserializer;

use crate::aggregate::Aggregate;
use crate::command::{CommandInfo, CommandOfOneAggregate, InvalidCommand};

pub const fn command_info<C: CommandOfOneAggregate>() -> CommandInfo {
    C::INFO
}

pub fn aggregate_id<C: CommandOfOneAggregate>(command: &C) -> &<C::Aggregate as Aggregate>::Id {
    command.aggregate_id()
}

pub fn validate_command<C: CommandOfOneAggregate>(command: &C) -> Result<(), InvalidCommand> {
    command.validate()
}

pub fn command_is<C: CommandOfOneAggregate>(name: &str) -> bool {
    name == C::INFO.name
}

pub fn deserialize_command<'de, C: CommandOfOneAggregate, D: Deserializer<'de>>(
    from: D,
) -> Result<C, D::Error> {
    C::deserialize(from)
}

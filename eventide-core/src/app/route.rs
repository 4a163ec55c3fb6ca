//! Routing by name: JSON in, the right aggregate's handler, JSON out.

use thiserror::Error;

use super::{AnyReceipt, App, CommandOptions};
use crate::aggregate::{Aggregate, BoxError};
use crate::command::CommandSet;
use crate::domain::{Contains, Domain};
use crate::repository::ExecuteError;
use crate::schema::{EncodeError, json_field};

/// Why a command given by name was not executed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RouteError {
    /// No aggregate of the domain has such a command.
    #[error("domain `{domain}` has no command `{name}`; it has {}", known.join(", "))]
    #[non_exhaustive]
    UnknownCommand {
        /// The domain.
        domain: &'static str,
        /// The name that was given.
        name: String,
        /// The names it has.
        known: Vec<&'static str>,
    },
    /// The JSON is not such a command.
    #[error("the JSON is not a command `{command}`{}", at(field))]
    #[non_exhaustive]
    Json {
        /// The command's name.
        command: String,
        /// The path to the field that does not fit; empty for the whole value.
        field: String,
        /// What the decoder said.
        #[source]
        source: serde_json::Error,
    },
    /// The command was not executed.
    #[error(transparent)]
    Execute(ExecuteError<BoxError>),
    /// The command was executed, but an event it caused cannot be shown as JSON.
    #[error("the command was executed, but its events cannot be shown")]
    Answer(#[source] EncodeError),
}

fn at(field: &str) -> String {
    if field.is_empty() {
        String::new()
    } else {
        format!(": field `{field}` does not fit")
    }
}

/// Executes the command `name` if aggregate `A` has it. Called by generated code.
#[doc(hidden)]
pub async fn route<D: Contains<A>, A: Aggregate>(
    app: &App<D>,
    name: &str,
    json: &[u8],
    options: &CommandOptions,
) -> Option<Result<AnyReceipt, RouteError>> {
    let command = match A::Command::from_json(name, json)? {
        Ok(command) => command,
        Err(source) => {
            let field = json_field(json, &source);
            return Some(Err(RouteError::Json {
                command: name.to_owned(),
                field,
                source,
            }));
        }
    };
    let done = app
        .execute_all::<A>([command])
        .options(options.clone())
        .await;
    Some(match done {
        Ok(receipt) => AnyReceipt::of(&receipt).map_err(RouteError::Answer),
        Err(error) => Err(RouteError::Execute(error.map_domain(Into::into))),
    })
}

/// The error for a name no aggregate has. Called by generated code.
#[doc(hidden)]
pub fn unknown_command<D: Domain>(name: &str) -> RouteError {
    let known = D::AGGREGATES
        .iter()
        .flat_map(|a| a.commands)
        .map(|command| command.name);
    RouteError::UnknownCommand {
        domain: D::NAME,
        name: name.to_owned(),
        known: known.collect(),
    }
}

//! Middleware in the ecosystem's own form: tower services and layers around every command.

use std::any::Any;
use std::fmt;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tower::util::BoxCloneSyncService;
use tower::{ServiceExt, service_fn};

use crate::aggregate::{Aggregate, BoxError};
use crate::repository::{CommandOptions, ExecuteError, Execution, Repository};
use crate::stream::StreamId;

/// What a layer wraps: a service that executes commands.
pub type CommandService = BoxCloneSyncService<CommandRequest, CommandResponse, BoxError>;

/// Executes a payload of type `P` on the repository of `A`.
pub(super) type Outgoing<A, P, T> =
    fn(&Repository<A>, P) -> Execution<'_, Result<T, ExecuteError<<A as Aggregate>::Error>>>;

type Run = Box<
    dyn FnOnce(
            Box<dyn Any + Send + Sync>,
            CommandOptions,
        ) -> BoxFuture<'static, Result<CommandResponse, BoxError>>
        + Send
        + Sync,
>;

/// A command on its way through the middleware.
pub struct CommandRequest {
    command: &'static str,
    stream: StreamId,
    options: CommandOptions,
    payload: Box<dyn Any + Send + Sync>,
    run: Run,
}

impl CommandRequest {
    pub(super) fn new<A, P, T>(
        command: &'static str,
        stream: StreamId,
        options: CommandOptions,
        payload: P,
        repository: Repository<A>,
        run: Outgoing<A, P, T>,
    ) -> Self
    where
        A: Aggregate,
        P: Any + Send + Sync,
        T: Send + 'static,
    {
        let run: Run = Box::new(move |payload, options| {
            let Ok(payload) = payload.downcast::<P>() else {
                return async { Err(wrong_payload()) }.boxed();
            };
            let done = async move { run(&repository, *payload).options(options).await };
            done.map(|done| match done {
                Ok(answer) => Ok(CommandResponse(Box::new(answer))),
                Err(error) => Err(error.into()),
            })
            .boxed()
        });
        Self {
            command,
            stream,
            options,
            payload: Box::new(payload),
            run,
        }
    }

    /// The command's name; of a batch, the first one's.
    pub fn command_name(&self) -> &'static str {
        self.command
    }

    /// The stream it is addressed to.
    pub fn stream(&self) -> &StreamId {
        &self.stream
    }

    /// Who, why, from where.
    pub fn options(&self) -> &CommandOptions {
        &self.options
    }

    /// Who, why, from where, to be completed by a layer.
    pub fn options_mut(&mut self) -> &mut CommandOptions {
        &mut self.options
    }

    /// The command itself, if it is a `C`. A batch, and a command that was given as JSON, is a `Vec`
    /// of its aggregate's command enum.
    pub fn payload<C: Any>(&self) -> Option<&C> {
        self.payload.downcast_ref()
    }
}

impl fmt::Debug for CommandRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CommandRequest")
            .field("command", &self.command)
            .field("stream", &self.stream)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

/// What an executed command gave, on its way back through the middleware.
pub struct CommandResponse(Box<dyn Any + Send>);

impl fmt::Debug for CommandResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CommandResponse").finish_non_exhaustive()
    }
}

/// The innermost service: hands the command to its repository.
pub(super) fn dispatch() -> CommandService {
    BoxCloneSyncService::new(service_fn(|request: CommandRequest| {
        (request.run)(request.payload, request.options)
    }))
}

/// Sends a request through `pipeline` and gives the answer its type back.
pub(super) async fn send<T: 'static, E: fmt::Debug + Send + Sync + 'static>(
    pipeline: CommandService,
    request: CommandRequest,
) -> Result<T, ExecuteError<E>> {
    match pipeline.oneshot(request).await {
        Ok(response) => match response.0.downcast() {
            Ok(answer) => Ok(*answer),
            Err(_) => Err(ExecuteError::Middleware(wrong_payload())),
        },
        Err(error) => Err(match error.downcast::<ExecuteError<E>>() {
            Ok(own) => *own,
            Err(foreign) => ExecuteError::Middleware(foreign),
        }),
    }
}

fn wrong_payload() -> BoxError {
    "a layer answered a command with the response of another".into()
}

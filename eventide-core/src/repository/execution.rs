//! A command about to be executed: options first, then `.await`.

use std::fmt;
use std::future::IntoFuture;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use serde_json::Value;

use super::error::ExecuteError;
use super::options::CommandOptions;
use super::receipt::Receipt;
use crate::aggregate::Aggregate;
use crate::envelope::RecordedEvent;
use crate::ids::{CommandId, CorrelationId, Version};
use crate::read_model::wait::applied;
use crate::read_model::{ReadModel, ReadModelError, Waited};
use crate::store::Store;

/// How long a read model is waited for, unless somebody says otherwise.
const AT_MOST: Duration = Duration::from_secs(5);

type Run<'a, T> = Box<dyn FnOnce(CommandOptions) -> BoxFuture<'a, T> + Send + 'a>;

/// A command, or several, ready to be executed: `.await` it.
///
/// Dropping the future before it is done leaves the command executed wholly or not at all.
#[must_use = "nothing is executed until this is awaited"]
pub struct Execution<'a, T> {
    options: CommandOptions,
    store: Arc<dyn Store>,
    run: Run<'a, T>,
}

impl<'a, T> Execution<'a, T> {
    pub(crate) fn new<F>(store: &Arc<dyn Store>, run: F) -> Self
    where
        F: FnOnce(CommandOptions) -> BoxFuture<'a, T> + Send + 'a,
    {
        Self {
            options: CommandOptions::default(),
            store: store.clone(),
            run: Box::new(run),
        }
    }

    /// Replaces all options at once.
    pub fn options(mut self, options: CommandOptions) -> Self {
        self.options = options;
        self
    }

    /// The idempotency key: the same id executed twice acts once and gives the first result.
    pub fn command_id(mut self, id: CommandId) -> Self {
        self.options.command_id = Some(id);
        self
    }

    /// Only if the aggregate is still at `version`, which the caller has seen.
    pub fn expecting(mut self, version: Version) -> Self {
        self.options.expected_version = Some(version);
        self
    }

    /// On whose behalf.
    pub fn as_user(mut self, user: impl Into<String>) -> Self {
        self.options.user_id = Some(user.into());
        self
    }

    /// As part of what.
    pub fn correlated(mut self, id: CorrelationId) -> Self {
        self.options.correlation_id = Some(id);
        self
    }

    /// In answer to `event`: correlation and cause come from it.
    pub fn reacting_to(mut self, event: &RecordedEvent) -> Self {
        self.options = self.options.reacting_to(event);
        self
    }

    /// From which address.
    pub fn from_ip(mut self, address: IpAddr) -> Self {
        self.options.ip_address = Some(address);
        self
    }

    /// Within which distributed trace: a W3C `traceparent`.
    pub fn traced(mut self, trace_parent: impl Into<String>) -> Self {
        self.options.trace_parent = Some(trace_parent.into());
        self
    }

    /// When it happened in the world, if that is not now.
    pub fn occurred_at(mut self, time: Timestamp) -> Self {
        self.options.occurred_at = Some(time);
        self
    }

    /// With a metadata key of the user's own.
    pub fn with(mut self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        self.options.extra.insert(key.into(), value.into());
        self
    }
}

impl<'a, A: Aggregate> Execution<'a, Result<Receipt<A>, ExecuteError<A::Error>>> {
    /// Waits after it until the view or projection `R` has applied what the command caused, for 5
    /// seconds at most: for whoever reads what it has just written. Some process must run `R`.
    ///
    /// ```
    /// # use eventide_core::{Aggregate, App, BoxError, Domain, read_model::ReadModel};
    /// # use eventide_core::domain::CommandIn;
    /// # use eventide_core::read_model::Waited;
    /// # async fn doc<D: Domain, C: CommandIn<D>, CountrySales: ReadModel>(app: App<D>, command: C)
    /// # -> Result<(), BoxError>
    /// # where <C::Aggregate as Aggregate>::Error: std::error::Error + Send + Sync {
    /// let done = app.execute(command).and_wait_for::<CountrySales>().await?;
    /// match done.read_model {
    ///     Ok(Waited::Applied) => {}
    ///     other => println!("accepted, but the figures do not show it yet: {other:?}"),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn and_wait_for<R: ReadModel>(
        self,
    ) -> Execution<'a, Result<Awaited<A>, ExecuteError<A::Error>>> {
        self.and_wait_at_most::<R>(AT_MOST)
    }

    /// The same, for that long at most.
    pub fn and_wait_at_most<R: ReadModel>(
        self,
        at_most: Duration,
    ) -> Execution<'a, Result<Awaited<A>, ExecuteError<A::Error>>> {
        let Self {
            options,
            store,
            run,
        } = self;
        let read = store.clone();
        let and_wait = Execution::new(&store, move |options| {
            let executed = run(options);
            Box::pin(async move {
                let receipt = executed.await?;
                let read_model = applied::<R, A>(&*read, &receipt, at_most).await;
                Ok(Awaited {
                    receipt,
                    read_model,
                })
            })
        });
        and_wait.options(options)
    }
}

/// A command that was accepted, and whether a read model shows what it caused.
#[derive(Debug)]
#[non_exhaustive]
pub struct Awaited<A: Aggregate> {
    /// What the command caused. It stands, whatever the read model says.
    pub receipt: Receipt<A>,
    /// Whether the read model has applied it; an error if that cannot be told now.
    pub read_model: Result<Waited, ReadModelError>,
}

impl<'a, T> IntoFuture for Execution<'a, T> {
    type Output = T;
    type IntoFuture = BoxFuture<'a, T>;

    fn into_future(self) -> Self::IntoFuture {
        (self.run)(self.options)
    }
}

impl<T> fmt::Debug for Execution<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Execution")
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

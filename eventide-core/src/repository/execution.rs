//! A command about to be executed: options first, then `.await`.

use std::fmt;
use std::future::IntoFuture;
use std::net::IpAddr;

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use serde_json::Value;

use super::options::CommandOptions;
use crate::envelope::RecordedEvent;
use crate::ids::{CommandId, CorrelationId, Version};

type Run<'a, T> = Box<dyn FnOnce(CommandOptions) -> BoxFuture<'a, T> + Send + 'a>;

/// A command, or several, ready to be executed: `.await` it.
///
/// Dropping the future before it is done leaves the command executed wholly or not at all.
#[must_use = "nothing is executed until this is awaited"]
pub struct Execution<'a, T> {
    options: CommandOptions,
    run: Run<'a, T>,
}

impl<'a, T> Execution<'a, T> {
    pub(crate) fn new<F>(run: F) -> Self
    where
        F: FnOnce(CommandOptions) -> BoxFuture<'a, T> + Send + 'a,
    {
        Self {
            options: CommandOptions::default(),
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

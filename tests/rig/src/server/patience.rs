//! Waiting for something, but not for ever.

use std::time::{Duration, Instant};

use tokio::time::sleep;

use super::Server;
use crate::error::{Error, Result};

/// For recovery after a crash, on a machine that is busy with other tests.
const PATIENCE: Duration = Duration::from_mins(1);

/// Between two looks at a condition.
const GLANCE: Duration = Duration::from_millis(5);

/// `while !condition { patience.glance().await? }`.
#[derive(Debug)]
pub(super) struct Patience<'a> {
    server: &'a Server,
    until: &'a str,
    since: Instant,
}

impl Server {
    pub(super) fn patience<'a>(&'a self, until: &'a str) -> Patience<'a> {
        Patience {
            server: self,
            until,
            since: Instant::now(),
        }
    }
}

impl Patience<'_> {
    /// Lets a moment pass; [`Error::TimedOut`] when there were enough of them.
    pub(super) async fn glance(&self) -> Result<()> {
        let waited = self.since.elapsed();
        if waited > PATIENCE {
            return Err(Error::TimedOut {
                until: self.until.to_owned(),
                waited,
                log: self.server.log_tail(),
            });
        }
        sleep(GLANCE).await;
        Ok(())
    }
}

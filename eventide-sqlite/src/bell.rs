//! Telling waiting readers of this process that something was appended.

use std::time::Duration;

use eventide_core::Position;
use tokio::sync::watch;
use tokio::time::timeout;

/// How often the log is looked at for what other processes appended: nobody rings for it.
const POLLED_EVERY: Duration = Duration::from_millis(20);

/// Rung after each commit that appended something.
#[derive(Debug)]
pub(crate) struct Bell {
    last: watch::Sender<Position>,
}

impl Default for Bell {
    fn default() -> Self {
        Self {
            last: watch::Sender::new(Position::START),
        }
    }
}

impl Bell {
    /// The log goes to `last` now.
    pub(crate) fn ring(&self, last: Position) {
        self.last.send_if_modified(|known| {
            let is_news = *known < last;
            if is_news {
                *known = last;
            }
            is_news
        });
    }

    /// Waits until something after `head` may be there, but no longer than `at_most`.
    pub(crate) async fn wait(&self, head: Position, at_most: Duration) {
        let mut last = self.last.subscribe();
        let rung = last.wait_for(|last| *last > head);
        // Whether it rang or the time is over: the caller looks.
        let _ = timeout(at_most.min(POLLED_EVERY), rung).await;
    }
}

//! Growing pauses between tries, and waiting that ends when the work is to stop.

use std::future::pending;
use std::pin::pin;
use std::time::Duration;

use futures_util::future::select;
use tokio::sync::watch;

const FIRST: Duration = Duration::from_millis(20);
const LONGEST: Duration = Duration::from_secs(5);

/// How long to wait before the next try: twice as long each time, give or take a half, so that
/// many workers that failed together do not come back together.
pub(super) struct Backoff(Duration);

impl Backoff {
    pub(super) const fn new() -> Self {
        Self(FIRST)
    }

    pub(super) fn next(&mut self) -> Duration {
        let pause = self.0.mul_f64(0.5 + fastrand::f64() / 2.0);
        self.0 = LONGEST.min(self.0 * 2);
        pause
    }

    pub(super) fn reset(&mut self) {
        self.0 = FIRST;
    }
}

/// Waits for `work`, but no longer than until the work is to stop.
pub(super) async fn unless_stopped(
    stop: &watch::Receiver<bool>,
    work: impl Future<Output = ()> + Send,
) {
    let mut stop = stop.clone();
    let stopped = async move {
        // Where nobody can say so, as of a rebuild, it ends by itself alone.
        if stop.wait_for(|stop| *stop).await.is_err() {
            pending::<()>().await;
        }
    };
    select(pin!(work), pin!(stopped)).await;
}

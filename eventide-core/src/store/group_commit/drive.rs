//! A future that is finished whether or not somebody waits for it.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use futures_util::future::BoxFuture;
use tokio::runtime::Handle;

/// Runs in the task that waits for it, which saves two hops from task to task, and goes on in a task
/// of its own if that one goes away. That one may as well stay and never look at it again; so whoever
/// depends on it takes it over.
pub(super) struct Driven(TakeOver);

/// The right to take it over.
#[derive(Clone)]
pub(super) struct TakeOver(Arc<Mutex<Option<BoxFuture<'static, ()>>>>);

impl Driven {
    pub(super) fn new(future: BoxFuture<'static, ()>) -> Self {
        Self(TakeOver(Arc::new(Mutex::new(Some(future)))))
    }

    pub(super) fn take_over(&self) -> TakeOver {
        self.0.clone()
    }
}

impl TakeOver {
    fn future(&self) -> MutexGuard<'_, Option<BoxFuture<'static, ()>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on it runs in a task of its own. Without a runtime it is dropped.
    pub(super) fn start(self) {
        let future = self.future().take();
        if let (Some(future), Ok(runtime)) = (future, Handle::try_current()) {
            runtime.spawn(future);
        }
    }
}

impl Future for Driven {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut kept = self.0.future();
        let Some(future) = kept.as_mut() else {
            return Poll::Ready(());
        };
        let done = future.as_mut().poll(context);
        if done.is_ready() {
            *kept = None;
        }
        done
    }
}

impl Drop for Driven {
    fn drop(&mut self) {
        self.0.clone().start();
    }
}

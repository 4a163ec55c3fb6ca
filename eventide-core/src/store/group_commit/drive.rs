//! A future that is finished whether or not somebody waits for it.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering, fence};
use std::sync::{Arc, Mutex, PoisonError, TryLockError};
use std::task::{Context, Poll};

use futures_util::future::BoxFuture;
use tokio::runtime::Handle;

/// Runs in the task that waits for it, which saves two hops from task to task, and goes on in a task
/// of its own if that one goes away. That one may as well stay and never look at it again; so whoever
/// depends on it takes it over.
pub(super) struct Driven(TakeOver);

/// The right to take it over.
#[derive(Clone)]
pub(super) struct TakeOver(Arc<Shared>);

struct Shared {
    /// Locked while it is polled; none once it is done, or runs elsewhere.
    future: Mutex<Option<BoxFuture<'static, ()>>>,
    wanted: AtomicBool,
}

impl Driven {
    pub(super) fn new(future: BoxFuture<'static, ()>) -> Self {
        Self(TakeOver(Arc::new(Shared {
            future: Mutex::new(Some(future)),
            wanted: AtomicBool::new(false),
        })))
    }

    pub(super) fn take_over(&self) -> TakeOver {
        self.0.clone()
    }
}

impl TakeOver {
    /// From now on it runs in a task of its own; if it is being polled this very moment, from then on.
    /// Without a runtime it is dropped.
    pub(super) fn start(&self) {
        self.0.wanted.store(true, Ordering::Relaxed);
        // Either this sees it unlocked, or whoever has it locked sees that it is wanted.
        fence(Ordering::SeqCst);
        let future = match self.0.future.try_lock() {
            Ok(mut kept) => kept.take(),
            Err(TryLockError::Poisoned(kept)) => kept.into_inner().take(),
            Err(TryLockError::WouldBlock) => None,
        };
        if let (Some(future), Ok(runtime)) = (future, Handle::try_current()) {
            runtime.spawn(future);
        }
    }

    fn poll(&self, context: &mut Context<'_>) -> Poll<()> {
        let mut kept = self.0.future.lock().unwrap_or_else(PoisonError::into_inner);
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

impl Future for Driven {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let done = self.0.poll(context);
        fence(Ordering::SeqCst);
        if done.is_pending() && self.0.0.wanted.load(Ordering::Relaxed) {
            self.0.start();
            return Poll::Ready(());
        }
        done
    }
}

impl Drop for Driven {
    fn drop(&mut self) {
        self.0.start();
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may fail by panicking")]
mod tests {
    use std::future::pending;
    use std::sync::mpsc;
    use std::thread;

    use futures_util::FutureExt;
    use tokio::sync::oneshot;
    use tokio::task::yield_now;

    use super::*;

    #[tokio::test]
    async fn it_goes_on_in_another_task_when_it_is_dropped_or_taken_over() {
        for dropped in [false, true] {
            let (go_on, wait) = oneshot::channel();
            let (done, seen) = oneshot::channel();
            let future = async move {
                wait.await.unwrap();
                done.send(()).unwrap();
            };
            let mut driven = Driven::new(future.boxed());
            assert_eq!((&mut driven).now_or_never(), None);
            let kept = if dropped {
                drop(driven);
                None
            } else {
                driven.take_over().start();
                assert_eq!((&mut driven).now_or_never(), Some(()));
                Some(driven)
            };
            go_on.send(()).unwrap();
            seen.await.unwrap();
            drop(kept);
        }
    }

    /// Whoever takes it over does not wait for the poll.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn it_is_taken_over_amid_a_poll() {
        let (inside, entered) = mpsc::channel();
        let (leave, left) = mpsc::channel::<()>();
        let (done, seen) = oneshot::channel();
        let mut driven = Driven::new(
            async move {
                inside.send(()).unwrap();
                left.recv().unwrap();
                yield_now().await;
                done.send(()).unwrap();
            }
            .boxed(),
        );
        let take_over = driven.take_over();
        let runtime = Handle::current();
        let poller = thread::spawn(move || {
            let _entered = runtime.enter();
            assert_eq!((&mut driven).now_or_never(), Some(()), "taken over");
            driven
        });
        entered.recv().unwrap();
        take_over.start();
        leave.send(()).unwrap();
        seen.await.unwrap();
        drop(poller.join().unwrap());
    }

    #[test]
    fn without_a_runtime_it_ends() {
        let (never, seen) = oneshot::channel::<()>();
        let future = async move {
            let _never = never;
            pending::<()>().await;
        };
        let driven = Driven::new(future.boxed());
        driven.take_over().start();
        assert!(seen.now_or_never().unwrap().is_err());
    }
}

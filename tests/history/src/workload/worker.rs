//! One client of a workload.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use eventide_core::store::{
    AppendError, AppendRequest, Appended, EventStore, ExpectedVersion, Store, StoreError,
    StoreErrorKind,
};

use super::Workload;
use super::draw::Draw;
use crate::record::{Client, History};

/// So many attempts are made of one request.
const ATTEMPTS: u32 = 8;
const PAUSE: Duration = Duration::from_millis(2);
const LONGEST_PAUSE: Duration = Duration::from_millis(100);
/// So many old requests are kept to be repeated.
const KEPT: usize = 16;

type Stop = Arc<dyn Fn() -> bool + Send + Sync>;

pub(super) struct Worker {
    draw: Draw,
    client: Client<Arc<dyn Store>>,
    stores: Vec<Arc<dyn Store>>,
    turn: usize,
    old: Vec<AppendRequest>,
    workload: Workload,
    stop: Stop,
}

/// What to do after an attempt.
enum Next {
    /// Something new.
    Done,
    /// The same once more.
    Again,
    /// The same on another store, later.
    Elsewhere,
}

impl Worker {
    /// Client number `number` of `workload`, which begins with `store`.
    pub(super) fn new(
        workload: &Workload,
        number: u32,
        store: &Arc<dyn Store>,
        stores: &[Arc<dyn Store>],
        history: &History,
        stop: Stop,
    ) -> Self {
        Self {
            draw: Draw::new(workload.seed, workload.mix, workload.streams, number),
            client: Client::new(Arc::clone(store), history, number),
            stores: stores.to_vec(),
            turn: number as usize,
            old: Vec::new(),
            workload: *workload,
            stop,
        }
    }

    pub(super) async fn run(mut self) {
        for _ in 0..self.workload.requests {
            if (self.stop)() {
                return;
            }
            if self.draw.happens(self.workload.mix.repeats) && !self.old.is_empty() {
                let at = self.draw.rng.usize(..self.old.len());
                if let Some(request) = self.old.get(at).cloned() {
                    self.attempt(request, false).await;
                }
            } else if let Ok((request, exact)) = self.draw.request() {
                self.attempt(request, exact).await;
            }
        }
    }

    async fn attempt(&mut self, mut request: AppendRequest, exact: bool) {
        let by_command = request.streams.iter().any(|part| !part.commands.is_empty());
        let mut reload = exact;
        for attempt in 0..ATTEMPTS {
            if (self.stop)() {
                return;
            }
            let next = if self.expect(&mut request, reload).await.is_ok() {
                let result = self.append(request.clone()).await;
                reload = exact && matches!(result, Some(Err(AppendError::Conflict { .. })));
                next(result.as_ref(), reload, by_command)
            } else {
                Next::Elsewhere
            };
            match next {
                Next::Done => break,
                Next::Again => {}
                Next::Elsewhere => self.elsewhere(attempt).await,
            }
        }
        if by_command && self.old.len() < KEPT {
            self.old.push(request);
        }
    }

    /// Expects the versions that the streams have now.
    async fn expect(&self, request: &mut AppendRequest, reload: bool) -> Result<(), StoreError> {
        if reload {
            for part in &mut request.streams {
                let asked = self.client.store().stream_version(&part.stream);
                let Ok(version) = tokio::time::timeout(self.workload.patience, asked).await else {
                    let late = "the stream's version was not told in time";
                    return Err(StoreError::new(StoreErrorKind::Unavailable, late));
                };
                part.expected = ExpectedVersion::Exact(version?);
            }
        }
        Ok(())
    }

    /// Appends; `None` if it was dropped before it was answered.
    async fn append(&mut self, request: AppendRequest) -> Option<Result<Appended, AppendError>> {
        let drop = self.draw.happens(self.workload.mix.dropped);
        let at_once = self.draw.rng.bool();
        let moment = Duration::from_micros(self.draw.rng.u64(..3_000));
        let mut append = pin!(self.client.append(request));
        if drop && at_once {
            return poll_fn(|context| match append.as_mut().poll(context) {
                Poll::Ready(result) => Poll::Ready(Some(result)),
                Poll::Pending => Poll::Ready(None),
            })
            .await;
        }
        let patience = if drop { moment } else { self.workload.patience };
        tokio::time::timeout(patience, append).await.ok()
    }

    /// Waits a little, longer each time, and turns to the next store.
    async fn elsewhere(&mut self, attempt: u32) {
        let longest = PAUSE.saturating_mul(1 << attempt).min(LONGEST_PAUSE);
        tokio::time::sleep(longest.mul_f64(self.draw.rng.f64())).await;
        self.turn = (self.turn + 1) % self.stores.len().max(1);
        if let Some(store) = self.stores.get(self.turn) {
            self.client.reopen(Arc::clone(store));
        }
    }
}

/// What to do after an attempt that came to `result`, or was dropped.
fn next(result: Option<&Result<Appended, AppendError>>, reload: bool, by_command: bool) -> Next {
    match result {
        None if by_command => Next::Again,
        Some(Err(AppendError::Conflict { .. })) if reload => Next::Again,
        Some(Err(AppendError::Store(error))) => match error.kind() {
            StoreErrorKind::Constraint => Next::Done,
            // Without a command nobody can tell a second attempt from a second append.
            StoreErrorKind::Unknown if !by_command => Next::Done,
            _ => Next::Elsewhere,
        },
        _ => Next::Done,
    }
}

//! A law, and whether a store keeps it.

use std::any::Any;
use std::fmt;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::harness::Harness;
use super::trial::Trial;
use super::unmet::{Met, Unmet};

/// One thing every store must do.
#[derive(Clone, Copy)]
pub struct Law {
    /// Its name; also the name of its test.
    pub name: &'static str,
    /// What it promises, in words.
    pub promise: &'static str,
    pub(super) run: for<'a> fn(&'a Trial<'a>) -> BoxFuture<'a, Met>,
}

impl Law {
    /// Tries the law on a new storage of `harness`. Must run on a tokio runtime.
    pub async fn check(&self, harness: &dyn Harness) -> Verdict {
        let attempt = async { (self.run)(&Trial::new(harness).await?).await };
        match AssertUnwindSafe(attempt).catch_unwind().await {
            Ok(Ok(())) => Verdict::Holds,
            Ok(Err(Unmet::Violated(how))) => Verdict::Violated(how),
            Ok(Err(Unmet::NotApplicable(why))) => Verdict::NotApplicable(why),
            Err(panic) => Verdict::Violated(format!("it panicked: {}", words(&*panic))),
        }
    }
}

impl fmt::Debug for Law {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Law")
            .field("name", &self.name)
            .field("promise", &self.promise)
            .finish_non_exhaustive()
    }
}

fn words(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("without words")
}

/// Whether a store keeps a law.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It does.
    Holds,
    /// It does not: what was done, seen and expected.
    Violated(String),
    /// The law says nothing about this store: why.
    NotApplicable(&'static str),
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Holds => f.write_str("holds"),
            Self::Violated(how) => write!(f, "VIOLATED: {how}"),
            Self::NotApplicable(why) => write!(f, "not applicable: {why}"),
        }
    }
}

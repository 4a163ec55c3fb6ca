//! One history: commands decided one after the other, and each law checked on what comes of them.

use std::any::Any;
use std::fmt::{Debug, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::commands::Commands;
use super::law::Law;
use super::summary::Summary;
use super::text::difference;
use crate::aggregate::Aggregate;
use crate::command::CommandSet;
use crate::event::EventSet;
use crate::ids::Version;
use crate::schema::Lookups;
use crate::snapshot::{Fingerprint, SnapshotSpec};
use crate::stream::StreamId;
use crate::testing::decide::{Answer, decide_again};

use super::record::record;

/// At how many places a history is cut in two.
const CUTS: usize = 8;

/// What broke which law.
pub(super) struct Broken {
    pub(super) law: Law,
    pub(super) detail: String,
    pub(super) history: String,
}

type Checked<T = ()> = Result<T, (Law, String)>;

/// An aggregate as the checks see it.
pub(super) struct Subject<'a, A: Aggregate> {
    pub(super) services: &'a A::Services,
    pub(super) snapshot: Option<(SnapshotSpec<A>, Fingerprint)>,
}

impl<A: Aggregate + Debug> Subject<'_, A> {
    /// Lives the history that `seeds` stand for.
    pub(super) fn check(
        &self,
        commands: &mut Commands<A>,
        seeds: &[u64],
        summary: &mut Summary,
    ) -> Result<(), Broken> {
        let mut history = String::new();
        self.live(commands, seeds, summary, &mut history)
            .map_err(|(law, detail)| Broken {
                law,
                detail,
                history,
            })
    }

    fn live(
        &self,
        commands: &mut Commands<A>,
        seeds: &[u64],
        summary: &mut Summary,
        history: &mut String,
    ) -> Checked {
        summary.cases += 1;
        let id = commands.id(seeds.first().copied().unwrap_or(0));
        let mut state = A::default();
        let mut events = Vec::new();
        for &seed in seeds {
            let Some(command) = commands.draw(seed, !events.is_empty(), id.as_ref()) else {
                continue;
            };
            let address = id.as_ref().unwrap_or_else(|| command.aggregate_id());
            let Ok(stream) = A::stream(address) else {
                continue;
            };
            let _ = writeln!(history, "  {command:?}");
            let version = Version::new(events.len() as u64);
            for event in self.step(&state, version, command, &stream, summary)? {
                let _ = writeln!(history, "    caused {event:?}");
                let version = Version::new(events.len() as u64).next();
                apply_checked(&mut state, version, &event, &stream)?;
                events.push(event);
            }
        }
        self.check_folds(&state, &events)
    }

    /// Decides twice.
    fn step(
        &self,
        state: &A,
        version: Version,
        command: A::Command,
        stream: &StreamId,
        summary: &mut Summary,
    ) -> Checked<Vec<A::Event>> {
        let info = command.info();
        let decide = |command| {
            calmly(Law::DecidingNeverPanics, || {
                decide_again(state, version, command, stream, self.services)
            })
        };
        let answer = decide(command.clone())?;
        same(Law::DecidingIsRepeatable, &answer, &decide(command)?)?;
        let count = summary.commands.entry(info.name).or_default();
        match answer {
            Answer::Events(events) => {
                count.accepted += 1;
                for event in &events {
                    *summary.events.entry(event.info().name).or_default() += 1;
                }
                return Ok(events);
            }
            Answer::Rejected(_) => count.rejected += 1,
            Answer::Invalid(_) => count.invalid += 1,
            Answer::NotFound | Answer::AlreadyExists => count.misplaced += 1,
        }
        Ok(Vec::new())
    }

    fn check_folds(&self, state: &A, events: &[A::Event]) -> Checked {
        same(
            Law::FoldingIsRepeatable,
            state,
            &fold(A::default(), events)?,
        )?;
        let distance = events.len().div_ceil(CUTS).max(1);
        for cut in (0..=events.len()).step_by(distance) {
            let (first, rest) = events.split_at(cut);
            let part = fold(A::default(), first)?;
            let whole = fold(part.clone(), rest)?;
            same(Law::FoldingInPartsIsFolding, state, &whole)?;
            if let Some((spec, fingerprint)) = &self.snapshot {
                let part = through_snapshot(spec, *fingerprint, &part)?;
                same(Law::SnapshotsChangeNothing, state, &fold(part, rest)?)?;
            }
        }
        Ok(())
    }
}

/// Folds `event` into the state, each way there is.
fn apply_checked<A: Aggregate + Debug>(
    state: &mut A,
    version: Version,
    event: &A::Event,
    stream: &StreamId,
) -> Checked {
    let before = state.clone();
    same(Law::FoldingInPartsIsFolding, &before, state)?;
    calmly(Law::ApplyingNeverPanics, || state.apply(event))?;
    let again = fold(before.clone(), std::slice::from_ref(event))?;
    same(Law::FoldingIsRepeatable, state, &again)?;
    let lost = |error: &dyn std::error::Error| (Law::EventsSurviveEncoding, told(error));
    let recorded = record(event, version, stream).map_err(|error| lost(&*error))?;
    let mut lookups = Lookups::new();
    let mut decoded = Vec::new();
    A::Event::decode(&recorded, &mut lookups, &mut decoded).map_err(|error| lost(&error))?;
    let [decoded] = &*decoded else {
        let message = format!("an event is read as {} events", decoded.len());
        return Err((Law::EventsSurviveEncoding, message));
    };
    same(Law::EventsSurviveEncoding, event, decoded)?;
    let json = |event: &A::Event| {
        let json = event.encode().map_err(|error| lost(&error))?;
        serde_json::from_slice::<serde_json::Value>(&json).map_err(|error| lost(&error))
    };
    same(Law::EventsSurviveEncoding, &json(event)?, &json(decoded)?)?;
    let mut from_record = before;
    calmly(Law::ApplyingNeverPanics, || {
        from_record.apply_recorded(&recorded, &mut lookups)
    })?
    .map_err(|error| (Law::RecordedEventsFoldAlike, told(&error)))?;
    same(Law::RecordedEventsFoldAlike, state, &from_record)
}

fn through_snapshot<A: Aggregate>(
    spec: &SnapshotSpec<A>,
    fingerprint: Fingerprint,
    state: &A,
) -> Checked<A> {
    let useless = |error: &dyn std::error::Error| (Law::SnapshotsChangeNothing, told(error));
    let stream = StreamId::new(A::INFO.name, "snapshot").map_err(|error| useless(&error))?;
    let at = jiff::Timestamp::UNIX_EPOCH;
    let snapshot = spec
        .take(fingerprint, stream, Version::new(1), at, state)
        .map_err(|error| useless(&error))?;
    spec.open(fingerprint, &snapshot)
        .map_err(|error| useless(&error))
}

fn fold<A: Aggregate>(mut state: A, events: &[A::Event]) -> Checked<A> {
    for event in events {
        calmly(Law::ApplyingNeverPanics, || state.apply(event))?;
    }
    Ok(state)
}

fn same<T: Debug>(law: Law, one: &T, other: &T) -> Checked {
    match difference(one, other) {
        None => Ok(()),
        Some(difference) => Err((law, difference)),
    }
}

fn calmly<T>(law: Law, act: impl FnOnce() -> T) -> Checked<T> {
    catch_unwind(AssertUnwindSafe(act)).map_err(|panic| (law, words(&*panic)))
}

fn words(panic: &(dyn Any + Send)) -> String {
    let words = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("it panicked: {}", words.unwrap_or("(without words)"))
}

fn told(error: &dyn std::error::Error) -> String {
    let mut told = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let _ = write!(told, ": {error}");
        source = error.source();
    }
    told
}

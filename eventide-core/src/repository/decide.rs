//! One round: every waiting command decided in turn on the state in memory.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::{Either, select};
use tracing::Instrument;

use super::Inner;
use super::error::ExecuteError;
use super::job::{Job, Unit};
use super::options::CommandOptions;
use super::panics::message_of;
use super::slot::Folded;
use crate::aggregate::Aggregate;
use crate::command::{CommandInfo, CommandSet, Existence};
use crate::context::Context;
use crate::envelope::NewEvent;
use crate::event::EventSet;
use crate::ids::{EventId, Version};
use crate::metadata::Metadata;
use crate::store::CommandMark;
use crate::stream::StreamId;

/// What a round came to: events to append, and the answer each unit gets once they are durable.
pub(super) struct Round<A: Aggregate> {
    /// The version the round starts from.
    pub(super) base: Version,
    pub(super) events: Vec<NewEvent>,
    pub(super) marks: Vec<CommandMark>,
    pub(super) decided: Vec<Decided<A>>,
    /// An applier panicked: the state is of no use any more, and nothing may be appended.
    pub(super) spoilt: bool,
}

/// A unit's decision.
pub(super) struct Decided<A: Aggregate> {
    pub(super) job: usize,
    pub(super) unit: usize,
    /// The stream's version after it.
    pub(super) version: Version,
    pub(super) outcome: Result<Vec<A::Event>, ExecuteError<A::Error>>,
}

enum Stop<E: std::fmt::Debug> {
    /// The unit is refused; the state is as it was before.
    Refused(ExecuteError<E>),
    /// Folding an event panicked: the state is spoilt.
    Spoilt(ExecuteError<E>),
    /// The caller has gone.
    Abandoned,
}

impl<A: Aggregate> Inner<A> {
    /// Decides all open units of `jobs` on `folded`, which then is ahead of the store by the
    /// round's events.
    pub(super) async fn decide(
        &self,
        stream: &StreamId,
        folded: &mut Folded<A>,
        jobs: &mut [Job<A>],
    ) -> Round<A> {
        let mut round = Round {
            base: folded.version,
            events: Vec::new(),
            marks: Vec::with_capacity(jobs.len()),
            decided: Vec::with_capacity(jobs.len()),
            spoilt: false,
        };
        let mut marked = HashSet::new();
        for (job_index, job) in jobs.iter_mut().enumerate() {
            if job.is_abandoned() {
                continue;
            }
            let several = job.units.len() > 1;
            let Job {
                units,
                options,
                may_be_repeated,
                reply,
                span,
                ..
            } = job;
            let moved_on = moved_on(options, units, folded.version);
            for (unit_index, unit) in units.iter_mut().enumerate() {
                // A command that comes twice at once is put off: the store will know it then.
                if unit.answer.is_some() || marked.contains(&unit.id) {
                    continue;
                }
                if let Some(expected) = moved_on {
                    round.refuse(job_index, unit_index, stream, expected);
                    continue;
                }
                let metadata = options.metadata(unit.id);
                let first_event = round.events.len();
                let decision = {
                    let deciding = self.decide_unit(stream, folded, unit, &metadata, &mut round);
                    let deciding = Box::pin(deciding.instrument(span.clone()));
                    let gone = pin!(reply.closed());
                    match select(gone, deciding).await {
                        Either::Left(((), _)) => Err(Stop::Abandoned),
                        Either::Right((decision, _)) => decision,
                    }
                };
                let outcome = match decision {
                    Ok(events) => {
                        let caused = round.events.len() - first_event;
                        if *may_be_repeated {
                            marked.insert(unit.id);
                        }
                        if caused > 0 || *may_be_repeated {
                            round.marks.push(CommandMark {
                                id: unit.id,
                                events: caused,
                            });
                        }
                        Ok(events)
                    }
                    Err(Stop::Refused(error)) => Err(error),
                    Err(Stop::Spoilt(error)) => {
                        unit.answer = Some(Err(error));
                        round.spoilt = true;
                        return round;
                    }
                    Err(Stop::Abandoned) => {
                        // A single command changes the state only after its handler is done;
                        // several may have got half-way.
                        if several || unit.commands.len() > 1 {
                            round.spoilt = true;
                            return round;
                        }
                        break;
                    }
                };
                round.decided.push(Decided {
                    job: job_index,
                    unit: unit_index,
                    version: folded.version,
                    outcome,
                });
            }
        }
        round
    }

    async fn decide_unit(
        &self,
        stream: &StreamId,
        folded: &mut Folded<A>,
        unit: &Unit<A>,
        metadata: &Metadata,
        round: &mut Round<A>,
    ) -> Result<Vec<A::Event>, Stop<A::Error>> {
        // A lone command needs no way back: it changes the state only once it is accepted.
        let before = (unit.commands.len() > 1).then(|| (Arc::clone(&folded.state), folded.version));
        let first_event = round.events.len();
        let mut caused = Vec::new();
        for command in &unit.commands {
            let context = Context {
                stream,
                version: folded.version,
                command_id: unit.id,
                metadata,
                clock: &*self.clock,
                ids: &*self.ids,
                services: self.services.services(),
            };
            let decided = decide_one(&*folded.state, command, &context).await;
            let encoded = decided.and_then(|events| {
                let encode = || self.encode(&events, metadata, &mut round.events);
                catch_unwind(AssertUnwindSafe(encode))
                    .map_err(|panic| panicked(stream, command.info(), &*panic))??;
                Ok(events)
            });
            match encoded {
                Ok(events) => {
                    for event in &events {
                        fold(folded, event, stream, command.info()).map_err(Stop::Spoilt)?;
                    }
                    if caused.is_empty() {
                        caused = events;
                    } else {
                        caused.extend(events);
                    }
                }
                Err(error) => {
                    round.events.truncate(first_event);
                    if let Some((state, version)) = before {
                        folded.state = state;
                        folded.version = version;
                    }
                    return Err(Stop::Refused(error));
                }
            }
        }
        Ok(caused)
    }

    /// Adds the events to `encoded`; on failure some of them may be there.
    fn encode(
        &self,
        events: &[A::Event],
        metadata: &Metadata,
        encoded: &mut Vec<NewEvent>,
    ) -> Result<(), ExecuteError<A::Error>> {
        if encoded.is_empty() {
            // Most rounds hold the events of one command.
            encoded.reserve_exact(events.len());
        }
        for event in events {
            let info = event.info();
            encoded.push(NewEvent {
                id: EventId::from_uuid(self.ids.next_uuid()),
                event_type: info.name.into(),
                schema_version: info.schema_version,
                payload: event.encode().map_err(ExecuteError::Encode)?,
                metadata: metadata.clone(),
                tags: event.tags().map_err(ExecuteError::Tag)?,
            });
        }
        Ok(())
    }
}

async fn decide_one<A: Aggregate>(
    state: &A,
    command: &A::Command,
    context: &Context<'_, A::Services>,
) -> Result<Vec<A::Event>, ExecuteError<A::Error>> {
    let info = command.info();
    check_existence(info, context.version, context.stream)?;
    AssertUnwindSafe(state.decide(command.clone(), context))
        .catch_unwind()
        .await
        .map_err(|panic| panicked(context.stream, info, &*panic))?
        .map_err(ExecuteError::Domain)
}

/// The version the caller has seen, if the aggregate has left it. Asked once per job: what its own
/// commands add is no surprise.
fn moved_on<A: Aggregate>(
    options: &CommandOptions,
    units: &[Unit<A>],
    version: Version,
) -> Option<Version> {
    let untouched = !units.iter().any(|unit| matches!(unit.answer, Some(Ok(_))));
    options
        .expected_version
        .filter(|expected| untouched && *expected != version)
}

impl<A: Aggregate> Round<A> {
    fn refuse(&mut self, job: usize, unit: usize, stream: &StreamId, expected: Version) {
        let actual = self.base.plus(self.events.len() as u64);
        let stream = stream.clone();
        self.decided.push(Decided {
            job,
            unit,
            version: actual,
            outcome: Err(ExecuteError::UnexpectedVersion {
                stream,
                expected,
                actual,
            }),
        });
    }
}

fn check_existence<E: std::fmt::Debug>(
    info: &CommandInfo,
    version: Version,
    stream: &StreamId,
) -> Result<(), ExecuteError<E>> {
    let (stream, command) = (|| stream.clone(), info.name);
    match info.existence {
        Existence::Must if version == Version::ZERO => Err(ExecuteError::NotFound {
            stream: stream(),
            command,
        }),
        Existence::MustNot if version > Version::ZERO => Err(ExecuteError::AlreadyExists {
            stream: stream(),
            command,
        }),
        Existence::Must | Existence::MustNot | Existence::May => Ok(()),
    }
}

fn fold<A: Aggregate>(
    folded: &mut Folded<A>,
    event: &A::Event,
    stream: &StreamId,
    info: &CommandInfo,
) -> Result<(), ExecuteError<A::Error>> {
    catch_unwind(AssertUnwindSafe(|| {
        Arc::make_mut(&mut folded.state).apply(event);
    }))
    .map_err(|panic| panicked(stream, info, &*panic))?;
    folded.version = folded.version.next();
    Ok(())
}

fn panicked<E: std::fmt::Debug>(
    stream: &StreamId,
    info: &CommandInfo,
    panic: &(dyn std::any::Any + Send),
) -> ExecuteError<E> {
    ExecuteError::Panicked {
        stream: stream.clone(),
        command: info.name,
        message: message_of(panic),
    }
}

//! What all rules look at: attempts with their answers, and the final log by event and stream.

use std::collections::HashMap;

use eventide_core::store::HandledCommand;
use eventide_core::{CommandId, EventId, RecordedEvent, StreamId};

use super::{End, Violation};
use crate::entry::{Answer, AnsweredStream, Entry, Op, Requested, RequestedStream};

pub(super) struct Evidence<'a> {
    pub(super) entries: &'a [Entry],
    pub(super) log: &'a [RecordedEvent],
    /// In the order they were invoked.
    pub(super) attempts: Vec<Attempt<'a>>,
    pub(super) by_op: HashMap<Op, usize>,
    /// Which attempts carry an event, in the order they were invoked.
    pub(super) carriers: HashMap<EventId, Vec<Carrier<'a>>>,
    /// Which attempts carry a command, in the order they were invoked.
    pub(super) by_command: HashMap<CommandId, Vec<usize>>,
    /// Where in the final log an event is first.
    pub(super) place: HashMap<EventId, usize>,
    /// Where in the final log a stream's events are.
    pub(super) streams: HashMap<&'a StreamId, Vec<usize>>,
    pub(super) handled: HashMap<CommandId, &'a HandledCommand>,
}

/// One attempt to append. Times are indices of entries.
pub(super) struct Attempt<'a> {
    pub(super) op: Op,
    pub(super) request: &'a Requested,
    pub(super) invoked: usize,
    pub(super) answered: Option<usize>,
    pub(super) answer: Option<&'a Answer>,
}

#[derive(Clone, Copy)]
pub(super) struct Carrier<'a> {
    pub(super) attempt: usize,
    pub(super) stream: &'a StreamId,
    pub(super) digest: u64,
}

impl<'a> Attempt<'a> {
    /// What it was told, if it is acknowledged.
    pub(super) fn acknowledged(&self) -> Option<&'a [AnsweredStream]> {
        match self.answer {
            Some(Answer::Ok { streams, .. }) => Some(streams),
            _ => None,
        }
    }

    /// Neither acknowledged nor refused.
    pub(super) fn is_unknown(&self) -> bool {
        matches!(self.answer, None | Some(Answer::Unknown { .. }))
    }

    pub(super) fn may_be_stored(&self) -> bool {
        self.is_unknown() || self.acknowledged().is_some()
    }

    /// The parts of the request with what was told of each; nothing if they do not fit.
    pub(super) fn told(&self) -> impl Iterator<Item = (&'a RequestedStream, &'a AnsweredStream)> {
        let request = self.request;
        let told = self
            .acknowledged()
            .filter(|told| fits(request, told))
            .unwrap_or_default();
        request.streams.iter().zip(told)
    }
}

/// Whether an acknowledgement speaks of the streams and the number of events that were asked.
pub(super) fn fits(request: &Requested, told: &[AnsweredStream]) -> bool {
    request.streams.len() == told.len()
        && request.streams.iter().zip(told).all(|(asked, told)| {
            asked.stream == told.stream
                && asked.events.len() == told.positions.len()
                && told.version.get() >= asked.events.len() as u64
        })
}

impl<'a> Evidence<'a> {
    pub(super) fn gather(entries: &'a [Entry], end: &'a End, found: &mut Vec<Violation>) -> Self {
        let mut evidence = Self {
            entries,
            log: &end.log,
            attempts: Vec::new(),
            by_op: HashMap::new(),
            carriers: HashMap::new(),
            by_command: HashMap::new(),
            place: HashMap::new(),
            streams: HashMap::new(),
            handled: end.handled.iter().map(|told| (told.id, told)).collect(),
        };
        for (at, event) in end.log.iter().enumerate() {
            evidence.place.entry(event.id).or_insert(at);
            let stream = evidence.streams.entry(&event.stream).or_default();
            stream.push(at);
        }
        for (now, entry) in entries.iter().enumerate() {
            match entry {
                Entry::Invoked { op, request } => evidence.invoked(now, *op, request, found),
                Entry::Answered { op, answer } => evidence.answered(now, *op, answer, found),
                _ => {}
            }
        }
        evidence
    }

    fn invoked(&mut self, now: usize, op: Op, request: &'a Requested, found: &mut Vec<Violation>) {
        let attempt = self.attempts.len();
        if self.by_op.insert(op, attempt).is_some() {
            found.push(Violation::Malformed {
                op,
                reason: "is invoked twice",
            });
        }
        for part in &request.streams {
            for (id, digest) in &part.events {
                self.carriers.entry(*id).or_default().push(Carrier {
                    attempt,
                    stream: &part.stream,
                    digest: *digest,
                });
            }
        }
        for command in request.commands() {
            self.by_command.entry(command).or_default().push(attempt);
        }
        self.attempts.push(Attempt {
            op,
            request,
            invoked: now,
            answered: None,
            answer: None,
        });
    }

    fn answered(&mut self, now: usize, op: Op, answer: &'a Answer, found: &mut Vec<Violation>) {
        let index = self.by_op.get(&op).copied();
        let attempt = index.and_then(|index| self.attempts.get_mut(index));
        let reason = match attempt {
            None => "is answered and was not invoked",
            Some(attempt) if attempt.answered.is_some() => "is answered twice",
            Some(attempt) => {
                attempt.answered = Some(now);
                attempt.answer = Some(answer);
                return;
            }
        };
        found.push(Violation::Malformed { op, reason });
    }

    /// Where the final log has `event`.
    pub(super) fn stored(&self, event: EventId) -> Option<&'a RecordedEvent> {
        self.place.get(&event).and_then(|at| self.log.get(*at))
    }

    /// The attempts that carry `event` and may have stored it, in the order they were invoked.
    pub(super) fn sources(&self, event: EventId) -> impl Iterator<Item = &Attempt<'a>> {
        let carriers = self.carriers.get(&event).into_iter().flatten();
        carriers
            .filter_map(|carrier| self.attempts.get(carrier.attempt))
            .filter(|attempt| attempt.may_be_stored())
    }

    /// The attempts that carry `command`, in the order they were invoked.
    pub(super) fn commanded(&self, command: CommandId) -> impl Iterator<Item = &Attempt<'a>> {
        let attempts = self.by_command.get(&command).into_iter().flatten();
        attempts.filter_map(|attempt| self.attempts.get(*attempt))
    }

    /// Whether a command of `attempt` is known that no other attempt can have made known, so that
    /// this one must be stored.
    pub(super) fn alone_made_known(&self, attempt: &Attempt<'_>) -> bool {
        attempt.request.commands().any(|command| {
            let mut sources = self
                .commanded(command)
                .filter(|other| other.may_be_stored());
            self.handled.contains_key(&command) && sources.all(|source| source.op == attempt.op)
        })
    }

    /// Whether `attempt`, or another with its events, is stored for certain.
    pub(super) fn is_stored(&self, attempt: &Attempt<'_>) -> bool {
        let present = |id| self.place.contains_key(&id);
        attempt.acknowledged().is_some()
            || attempt.is_unknown()
                && (attempt.request.events().any(present) || self.alone_made_known(attempt))
    }
}

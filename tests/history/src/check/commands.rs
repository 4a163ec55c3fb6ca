//! Commands: each acts once, and its first result is told.

use std::collections::HashMap;

use eventide_core::{CommandId, Position, StreamId, Version};

use super::appends::wrong_answer;
use super::evidence::{Attempt, Evidence};
use super::violation::Violation;
use crate::entry::{Answer, Handled};

pub(super) fn check(evidence: &Evidence<'_>, found: &mut Vec<Violation>) {
    act_once(evidence, found);
    are_known(evidence, found);
    for attempt in &evidence.attempts {
        were_told(evidence, attempt, found);
    }
}

fn act_once(evidence: &Evidence<'_>, found: &mut Vec<Violation>) {
    let mut acted: HashMap<CommandId, &Attempt<'_>> = HashMap::new();
    for attempt in &evidence.attempts {
        if !evidence.is_stored(attempt) {
            continue;
        }
        for command in attempt.request.commands() {
            if !evidence.handled.contains_key(&command) {
                found.push(Violation::CommandForgotten {
                    op: attempt.op,
                    command,
                });
            }
            let first = acted.entry(command).or_insert(attempt);
            let event = attempt.request.events().next();
            let repeated = event.is_some() && first.request.events().next() == event;
            if first.op != attempt.op && !repeated {
                found.push(Violation::CommandActedTwice {
                    command,
                    first: first.op,
                    second: attempt.op,
                });
            }
        }
    }
}

fn are_known(evidence: &Evidence<'_>, found: &mut Vec<Violation>) {
    for (&command, told) in &evidence.handled {
        let told = Handled::from(*told);
        let mut sources = evidence
            .commanded(command)
            .filter(|source| source.may_be_stored())
            .peekable();
        match sources.peek().map(|source| source.op) {
            None => found.push(Violation::PhantomCommand { command }),
            Some(op) if !sources.any(|source| explains(evidence, source, &told)) => {
                found.push(Violation::WrongResult {
                    op,
                    command,
                    told: "what the store knows",
                });
            }
            Some(_) => {}
        }
    }
}

fn were_told(evidence: &Evidence<'_>, attempt: &Attempt<'_>, found: &mut Vec<Violation>) {
    let op = attempt.op;
    let told = match attempt.answer {
        Some(Answer::AlreadyHandled(told)) => told.as_slice(),
        Some(Answer::Conflict { .. }) => &[],
        _ => return,
    };
    let now = attempt.answered.unwrap_or(usize::MAX);
    for told in told {
        let command = told.id;
        if !attempt.request.commands().any(|asked| asked == command) {
            found.push(wrong_answer(attempt, "names a command that is not its own"));
            continue;
        }
        let mut sources = evidence
            .commanded(command)
            .filter(|other| other.op != op && other.may_be_stored() && other.invoked < now)
            .peekable();
        if sources.peek().is_none() {
            found.push(Violation::NotHandledBefore { op, command });
        } else if !sources.any(|source| explains(evidence, source, told)) {
            found.push(Violation::WrongResult {
                op,
                command,
                told: "what was told",
            });
        }
    }
    if told.is_empty() && matches!(attempt.answer, Some(Answer::AlreadyHandled(_))) {
        found.push(wrong_answer(attempt, "names no command"));
    }
    for command in attempt.request.commands() {
        let first = evidence.commanded(command).find(|other| {
            other.acknowledged().is_some() && other.answered.is_some_and(|at| at < attempt.invoked)
        });
        if let Some(first) = first.filter(|_| told.iter().all(|told| told.id != command)) {
            found.push(Violation::NotTold {
                op,
                command,
                first: first.op,
            });
        }
    }
}

/// Whether `told` is what became of its command if `source` is what was stored.
fn explains(evidence: &Evidence<'_>, source: &Attempt<'_>, told: &Handled) -> bool {
    expected(evidence, source, told.id).is_some_and(|expected| {
        *expected.stream == told.stream
            && expected.after.is_none_or(|after| after == told.after)
            && expected.events == told.events
            && expected.position == told.position
    })
}

struct Expected<'a> {
    stream: &'a StreamId,
    /// `None`, if a command without events does not tell.
    after: Option<Version>,
    events: u64,
    position: Option<Position>,
}

/// What must be told of `command` if `source` is what was stored; `None` if it is not.
fn expected<'a>(
    evidence: &Evidence<'_>,
    source: &Attempt<'a>,
    command: CommandId,
) -> Option<Expected<'a>> {
    let carries = |(id, _): &(CommandId, u64)| *id == command;
    let mut parts = source.request.streams.iter().enumerate();
    let (at, part) = parts.find(|(_, part)| part.commands.iter().any(carries))?;
    let before = match part.events.first() {
        Some((first, _)) => {
            let version = evidence.stored(*first)?.version.get();
            Some(Version::new(version.saturating_sub(1)))
        }
        None => source.told().nth(at).map(|(_, told)| told.version),
    };
    let earlier = part.commands.iter().take_while(|mark| !carries(mark));
    let earlier: u64 = earlier.map(|(_, events)| events).sum();
    let (_, events) = *part.commands.iter().find(|mark| carries(mark))?;
    let position = if events == 0 {
        None
    } else {
        let last = usize::try_from(earlier + events - 1).ok()?;
        let (last, _) = part.events.get(last)?;
        Some(evidence.stored(*last)?.position)
    };
    Some(Expected {
        stream: &part.stream,
        after: before.map(|before| before.plus(earlier)),
        events,
        position,
    })
}

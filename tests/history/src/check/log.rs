//! The final log by itself, and against what was invoked.

use super::evidence::Evidence;
use super::violation::Violation;
use crate::entry::recorded_digest;

pub(super) fn check(evidence: &Evidence<'_>, found: &mut Vec<Violation>) {
    neighbours(evidence, found);
    versions(evidence, found);
    origins(evidence, found);
}

fn neighbours(evidence: &Evidence<'_>, found: &mut Vec<Violation>) {
    for (earlier, later) in evidence.log.iter().zip(evidence.log.iter().skip(1)) {
        if later.position <= earlier.position {
            found.push(Violation::PositionWentBack {
                before: earlier.position,
                position: later.position,
                event: later.id,
            });
        }
        if later.recorded_at < earlier.recorded_at {
            found.push(Violation::TimeWentBack {
                before: earlier.recorded_at,
                recorded_at: later.recorded_at,
                position: later.position,
                event: later.id,
            });
        }
    }
}

fn versions(evidence: &Evidence<'_>, found: &mut Vec<Violation>) {
    for (stream, places) in &evidence.streams {
        let mut expected = 1;
        for event in places.iter().filter_map(|at| evidence.log.get(*at)) {
            if event.version.get() != expected {
                found.push(Violation::VersionHole {
                    stream: (*stream).clone(),
                    expected: expected.into(),
                    version: event.version,
                    position: event.position,
                    event: event.id,
                });
            }
            // One hole is told once.
            expected = event.version.get().saturating_add(1);
        }
    }
}

fn origins(evidence: &Evidence<'_>, found: &mut Vec<Violation>) {
    for (at, event) in evidence.log.iter().enumerate() {
        let first = evidence.place.get(&event.id).copied().unwrap_or(at);
        if let Some(first) = evidence.log.get(first).filter(|_| first != at) {
            found.push(Violation::EventTwice {
                event: event.id,
                first: first.position,
                second: event.position,
            });
        }
        let Some(carriers) = evidence.carriers.get(&event.id) else {
            found.push(Violation::Phantom {
                stream: event.stream.clone(),
                version: event.version,
                position: event.position,
                event: event.id,
            });
            continue;
        };
        let digest = recorded_digest(event);
        let as_invoked = carriers
            .iter()
            .any(|carrier| *carrier.stream == event.stream && carrier.digest == digest);
        let op = carriers
            .first()
            .and_then(|carrier| evidence.attempts.get(carrier.attempt))
            .map(|attempt| attempt.op);
        if let Some(op) = op.filter(|_| !as_invoked) {
            found.push(Violation::EventChanged {
                op,
                stream: event.stream.clone(),
                position: event.position,
                event: event.id,
            });
        }
    }
}

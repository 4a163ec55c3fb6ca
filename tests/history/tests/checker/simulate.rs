//! Random histories of a store that keeps every promise, under concurrency, timeouts and crashes.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::task::{Context, Poll, Waker};

use eventide_core::store::{
    AppendError, AppendRequest, Appended, CommandMark, EventStore, ExpectedVersion, LogPage,
    LogQuery, MemoryStore, PageSize, StreamAppend,
};
use eventide_core::time::Clock;
use eventide_core::{
    CommandId, EventId, Metadata, NewEvent, Position, SchemaVersion, StreamId, Version,
};
use eventide_history::{Answer, End, Entry, Op, Requested};
use fastrand::Rng;
use jiff::Timestamp;
use uuid::Uuid;

const CLIENTS: usize = 5;
const READERS: u32 = 3;
const STREAMS: u8 = 5;

#[derive(Clone)]
pub(crate) struct Simulated {
    pub(crate) entries: Vec<Entry>,
    pub(crate) end: End,
}

/// The result of a future of the memory store, which never waits.
pub(crate) fn now<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    match future
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()))
    {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("the memory store waits"),
    }
}

#[derive(Debug, Default)]
struct Ticks(AtomicI64);

impl Clock for Ticks {
    fn now(&self) -> Timestamp {
        let ticks = self.0.fetch_add(1, Ordering::Relaxed);
        Timestamp::from_second(1_600_000_000 + ticks).unwrap()
    }
}

#[derive(Default)]
struct Client {
    number: u32,
    invoked: u32,
    busy: Option<Running>,
}

struct Running {
    op: Op,
    request: AppendRequest,
    result: Option<Result<Appended, AppendError>>,
}

#[derive(Default)]
struct Reader {
    position: Position,
    asked: bool,
    page: Option<LogPage>,
    head: Option<Position>,
}

struct Simulation {
    rng: Rng,
    store: MemoryStore,
    entries: Vec<Entry>,
    clients: Vec<Client>,
    readers: Vec<Reader>,
    /// Requests that nobody waits for any more, and that still may be stored.
    ghosts: Vec<AppendRequest>,
    old: Vec<AppendRequest>,
    next_client: u32,
}

pub(crate) fn simulate(seed: u64, steps: usize) -> Simulated {
    let mut simulation = Simulation {
        rng: Rng::with_seed(seed),
        store: MemoryStore::with_clock(Arc::new(Ticks::default())),
        entries: Vec::new(),
        clients: Vec::new(),
        readers: (0..READERS).map(|_| Reader::default()).collect(),
        ghosts: Vec::new(),
        old: Vec::new(),
        next_client: 0,
    };
    simulation.start_clients();
    for _ in 0..steps {
        simulation.step();
    }
    let Simulation { store, entries, .. } = simulation;
    let end = now(End::read(&store, &entries)).unwrap();
    Simulated { entries, end }
}

impl Simulation {
    fn start_clients(&mut self) {
        for _ in 0..CLIENTS {
            self.clients.push(Client {
                number: self.next_client,
                ..Client::default()
            });
            self.next_client += 1;
        }
    }

    fn step(&mut self) {
        match self.rng.u32(..1000) {
            0..4 => self.crash(),
            4..40 => {
                if !self.ghosts.is_empty() {
                    let at = self.rng.usize(..self.ghosts.len());
                    let ghost = self.ghosts.swap_remove(at);
                    // Nobody is told what becomes of it.
                    drop(now(self.store.append(ghost)));
                }
            }
            40..300 => self.read(),
            _ => self.append(),
        }
    }

    /// The process dies: what was stored stays, and nobody is told.
    fn crash(&mut self) {
        self.clients.clear();
        self.start_clients();
        for reader in &mut self.readers {
            *reader = Reader {
                position: reader.position,
                ..Reader::default()
            };
        }
    }

    fn append(&mut self) {
        let at = self.rng.usize(..CLIENTS);
        match self.clients[at].busy.take() {
            None => self.invoke(at),
            Some(mut running) if running.result.is_none() => match self.rng.u8(..100) {
                0..6 => {
                    self.ghosts.push(running.request.clone());
                    let why = "timed out".to_owned();
                    self.answer(running, Answer::Unknown { why });
                }
                6..10 => {
                    let why = "the store cannot be reached".to_owned();
                    self.answer(running, Answer::Refused { why });
                }
                _ => {
                    running.result = Some(now(self.store.append(running.request.clone())));
                    self.clients[at].busy = Some(running);
                }
            },
            Some(running) if self.rng.u8(..100) < 12 => {
                let why = "dropped".to_owned();
                self.answer(running, Answer::Unknown { why });
            }
            Some(running) => {
                let answer = Answer::of(running.result.as_ref().unwrap());
                self.answer(running, answer);
            }
        }
    }

    fn answer(&mut self, running: Running, answer: Answer) {
        let unknown = matches!(answer, Answer::Unknown { .. });
        if unknown || self.rng.u8(..100) < 20 {
            self.old.push(running.request);
        }
        let op = running.op;
        self.entries.push(Entry::Answered { op, answer });
    }

    fn invoke(&mut self, at: usize) {
        let request = if !self.old.is_empty() && self.rng.u8(..100) < 12 {
            self.old[self.rng.usize(..self.old.len())].clone()
        } else {
            self.request()
        };
        let client = &mut self.clients[at];
        client.invoked += 1;
        let op = Op {
            client: client.number,
            number: client.invoked,
        };
        self.entries.push(Entry::Invoked {
            op,
            request: Requested::of(&request),
        });
        client.busy = Some(Running {
            op,
            request,
            result: None,
        });
    }

    fn request(&mut self) -> AppendRequest {
        let mut streams: Vec<StreamAppend> = Vec::new();
        let by_commands = self.rng.bool();
        for _ in 0..*self.rng.choice(&[1, 1, 1, 2, 3]).unwrap() {
            let stream = StreamId::new("S", format!("{}", self.rng.u8(..STREAMS))).unwrap();
            if streams.iter().any(|part| part.stream == stream) {
                continue;
            }
            let expected = if self.rng.bool() {
                ExpectedVersion::Any
            } else {
                let version = now(self.store.stream_version(&stream)).unwrap();
                let behind = u64::from(self.rng.u8(..8) == 0);
                ExpectedVersion::Exact(Version::new(version.get().saturating_sub(behind)))
            };
            let mut commands = Vec::new();
            let mut events = *self.rng.choice(&[1, 1, 2, 3]).unwrap();
            if by_commands {
                let marks = (0..self.rng.usize(1..=2)).map(|_| CommandMark {
                    id: CommandId::from_uuid(self.uuid()),
                    events: self.rng.usize(..=2),
                });
                commands.extend(marks.collect::<Vec<_>>());
                events = commands.iter().map(|mark| mark.events).sum();
            }
            streams.push(StreamAppend {
                stream,
                expected,
                events: (0..events).map(|_| self.event()).collect(),
                commands,
            });
        }
        AppendRequest { streams }
    }

    fn event(&mut self) -> NewEvent {
        NewEvent {
            id: EventId::from_uuid(self.uuid()),
            event_type: "Happened".into(),
            schema_version: SchemaVersion::FIRST,
            payload: format!("{{\"n\":{}}}", self.rng.u32(..)).into_bytes(),
            metadata: Metadata::of_command(CommandId::from_uuid(self.uuid())),
            tags: Vec::new(),
        }
    }

    fn uuid(&mut self) -> Uuid {
        Uuid::from_u128(self.rng.u128(..))
    }

    fn read(&mut self) {
        let reader = self.rng.u32(..READERS);
        let state = &mut self.readers[reader as usize];
        if let Some(position) = state.head.take() {
            state.asked = false;
            self.entries.push(Entry::Head { reader, position });
        } else if let Some(page) = state.page.take() {
            state.asked = false;
            for event in &page.events {
                self.entries.push(Entry::Saw {
                    reader,
                    position: event.position,
                    event: event.id,
                });
            }
            let (until, more) = (page.next, page.more);
            self.entries.push(Entry::Read {
                reader,
                until,
                more,
            });
            state.position = page.next;
        } else if state.asked {
            let size = PageSize::new(self.rng.usize(1..6));
            let query = LogQuery::after(state.position).page(size);
            state.page = Some(now(self.store.read_log(query)).unwrap());
        } else if self.rng.u8(..4) == 0 {
            let after = None;
            self.entries.push(Entry::Asked { reader, after });
            state.head = Some(now(self.store.head()).unwrap());
        } else {
            let after = Some(state.position);
            self.entries.push(Entry::Asked { reader, after });
            state.asked = true;
        }
    }
}

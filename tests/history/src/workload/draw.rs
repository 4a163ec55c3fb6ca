//! Random requests.

use eventide_core::store::{AppendRequest, CommandMark, ExpectedVersion, StreamAppend};
use eventide_core::{
    CommandId, EventId, InvalidStreamId, Metadata, NewEvent, SchemaVersion, StreamId,
};
use fastrand::Rng;
use uuid::Builder;

use super::Mix;

/// Draws the requests of one client.
#[derive(Debug)]
pub(super) struct Draw {
    pub(super) rng: Rng,
    mix: Mix,
    streams: u32,
    client: u32,
    new_streams: u32,
}

impl Draw {
    pub(super) fn new(seed: u64, mix: Mix, streams: u32, client: u32) -> Self {
        // Neighbouring seeds must not give neighbouring randomness.
        let mut rng = Rng::with_seed(seed);
        let rng =
            Rng::with_seed(rng.u64(..) ^ u64::from(client).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        Self {
            rng,
            mix,
            streams: streams.max(1),
            client,
            new_streams: 0,
        }
    }

    /// Whether something happens that happens `percent` times in a hundred.
    pub(super) fn happens(&mut self, percent: u8) -> bool {
        self.rng.u8(..100) < percent
    }

    /// A request, and whether it is for the versions that its streams now have.
    pub(super) fn request(&mut self) -> Result<(AppendRequest, bool), InvalidStreamId> {
        let kind = self.rng.u8(..100);
        let exact = kind < self.mix.exact;
        let no_stream = !exact && kind < self.mix.exact.saturating_add(self.mix.no_stream);
        let several = self.happens(self.mix.several);
        let count = if several { self.rng.usize(2..=3) } else { 1 };
        let commands = self.happens(self.mix.commands);
        let mut request = AppendRequest {
            streams: Vec::new(),
        };
        for _ in 0..count {
            let stream = self.stream(no_stream)?;
            if request.streams.iter().all(|part| part.stream != stream) {
                let mut part = self.part(stream, commands);
                if no_stream {
                    part.expected = ExpectedVersion::NO_STREAM;
                }
                request.streams.push(part);
            }
        }
        Ok((request, exact))
    }

    fn stream(&mut self, new: bool) -> Result<StreamId, InvalidStreamId> {
        if !new {
            let stream = self.rng.u32(..self.streams);
            return StreamId::new("Shared", format!("{stream}"));
        }
        self.new_streams += 1;
        // Every other one is everybody's, so that clients race for it.
        if self.rng.bool() {
            StreamId::new("Raced", format!("{}", self.new_streams))
        } else {
            StreamId::new("Own", format!("{}-{}", self.client, self.new_streams))
        }
    }

    fn part(&mut self, stream: StreamId, by_commands: bool) -> StreamAppend {
        let mut commands = Vec::new();
        let mut count = self.rng.usize(1..=3);
        if by_commands {
            for _ in 0..self.rng.usize(1..=2) {
                commands.push(CommandMark {
                    id: CommandId::from_uuid(self.uuid()),
                    events: self.rng.usize(..=2),
                });
            }
            count = commands.iter().map(|mark| mark.events).sum();
        }
        StreamAppend {
            stream,
            expected: ExpectedVersion::Any,
            events: (0..count).map(|_| self.event()).collect(),
            commands,
        }
    }

    fn event(&mut self) -> NewEvent {
        NewEvent {
            id: EventId::from_uuid(self.uuid()),
            event_type: "Noted".into(),
            schema_version: SchemaVersion::FIRST,
            payload: format!(r#"{{"number":{}}}"#, self.rng.u64(..)).into_bytes(),
            metadata: Metadata::of_command(CommandId::from_uuid(self.uuid())),
            tags: Vec::new(),
        }
    }

    fn uuid(&mut self) -> uuid::Uuid {
        Builder::from_random_bytes(self.rng.u128(..).to_be_bytes()).into_uuid()
    }
}

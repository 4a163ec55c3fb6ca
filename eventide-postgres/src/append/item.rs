//! A request as it waits for the writer, with all that does not need the server done.

use eventide_core::store::{AppendError, AppendRequest, StoreErrorKind};
use eventide_core::{CommandId, Metadata, NewEvent, Tag};
use serde::de::IgnoredAny;

use super::versions::{KeyHasher, StreamKey, StreamKeys};
use crate::error::Place;
use crate::migrate::Payload;

/// How much weighs one more in the queue.
const WEIGHT: usize = 4096;

/// A request and the texts of its events, in order.
#[derive(Debug)]
pub(crate) struct Item {
    pub(crate) request: AppendRequest,
    pub(crate) texts: Vec<Texts>,
    /// Of its streams, in order.
    pub(crate) keys: Vec<StreamKey>,
    pub(crate) weight: u32,
}

/// What of an event becomes text.
#[derive(Debug)]
pub(crate) struct Texts {
    pub(crate) metadata: Option<String>,
    pub(crate) tags: Option<String>,
}

impl Texts {
    pub(crate) fn of(metadata: &Metadata, tags: &[Tag]) -> Result<Self, serde_json::Error> {
        Ok(Self {
            metadata: metadata.rest_as_json()?,
            tags: tag_list(tags),
        })
    }
}

impl Item {
    /// Made on the caller's time.
    pub(crate) fn new(mut request: AppendRequest, place: &Place) -> Result<Self, AppendError> {
        request.check()?;
        let mut texts = Vec::new();
        let mut bytes = 0;
        for event in request.streams.iter_mut().flat_map(|part| &mut part.events) {
            event.tags.sort_unstable();
            event.tags.dedup();
            if event.event_type.contains('\0') {
                let kind = event.event_type.escape_debug();
                let why = format!("PostgreSQL keeps no NUL, which event type `{kind}` holds");
                return Err(AppendError::invalid_request(why));
            }
            let own = Texts::of(&event.metadata, &event.tags);
            let own = own.map_err(|source| {
                let why = "an event's metadata does not become JSON";
                place
                    .error(StoreErrorKind::Other, "append to", why)
                    .with_source(source)
            })?;
            bytes += event.payload.len() + own.metadata.as_ref().map_or(0, String::len);
            texts.push(own);
        }
        let commands: usize = request.streams.iter().map(|part| part.commands.len()).sum();
        let weight = 1 + bytes / WEIGHT + (texts.len() + commands) / 16;
        let keys = request
            .streams
            .iter()
            .map(|part| StreamKey::of(&part.stream));
        Ok(Self {
            keys: keys.collect(),
            request,
            texts,
            weight: u32::try_from(weight).unwrap_or(u32::MAX),
        })
    }

    /// Whether anything is stored of it that tells later that it was.
    pub(crate) fn leaves_a_trace(&self) -> bool {
        self.events().next().is_some() || self.commands().next().is_some()
    }

    pub(crate) fn events(&self) -> impl Iterator<Item = &NewEvent> {
        self.request.streams.iter().flat_map(|part| &part.events)
    }

    pub(crate) fn commands(&self) -> impl Iterator<Item = CommandId> {
        let parts = self.request.streams.iter();
        parts.flat_map(|part| part.commands.iter().map(|mark| mark.id))
    }
}

/// Items none of whose streams comes twice, each with its place in the batch.
#[derive(Debug, Default)]
pub(crate) struct Round<'a> {
    pub(crate) places: Vec<usize>,
    pub(crate) items: Vec<&'a Item>,
}

impl<'a> Round<'a> {
    /// Divides items into rounds, in order: each call sees what the one before it wrote.
    pub(crate) fn divide(items: &[&'a Item]) -> Vec<Self> {
        let mut rest: Vec<(usize, &Item)> = items.iter().copied().enumerate().collect();
        let mut rounds = Vec::new();
        while !rest.is_empty() {
            let mut streams =
                StreamKeys::with_capacity_and_hasher(rest.len(), KeyHasher::default());
            let mut round = Self::default();
            let mut later = Vec::new();
            for (place, item) in rest {
                let free = item.keys.iter().all(|stream| !streams.contains(stream));
                // Streams of a later one are taken as well: nobody overtakes it.
                streams.extend(&item.keys);
                if free {
                    round.places.push(place);
                    round.items.push(item);
                } else {
                    later.push((place, item));
                }
            }
            rounds.push(round);
            rest = later;
        }
        rounds
    }
}

/// Deeper than this no payload counts as JSON: a generated column has a bound on nesting, too, and so
/// deep a payload is nobody's to search.
const DEEPEST: usize = 500;

/// Whether `payload` fits a column of this kind; it is kept as bytes beside it otherwise.
pub(crate) fn fits(column: Payload, payload: &[u8]) -> bool {
    !column.is_json() || is_json(column, payload)
}

/// Whether PostgreSQL takes `payload` as JSON. One it refuses all the same fails its append alone.
fn is_json(column: Payload, payload: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(payload) else {
        return false;
    };
    // `jsonb` keeps no NUL, not even escaped.
    if column == Payload::Jsonb && text.contains("\\u0000") {
        return false;
    }
    if payload.len() > 2 * DEEPEST && depth(payload) > DEEPEST {
        return false;
    }
    // It also takes escapes apart, and refuses half a surrogate pair.
    if column == Payload::Jsonb && text.contains("\\u") {
        return serde_json::from_str::<serde_json::Value>(text).is_ok();
    }
    serde_json::from_str::<IgnoredAny>(text).is_ok()
}

/// At least how deep `payload` nests; brackets in strings count as well.
fn depth(payload: &[u8]) -> usize {
    let mut deepest = 0_usize;
    payload.iter().fold(0_usize, |depth, byte| {
        let depth = match byte {
            b'[' | b'{' => depth + 1,
            b']' | b'}' => depth.saturating_sub(1),
            _ => depth,
        };
        deepest = deepest.max(depth);
        depth
    });
    deepest
}

/// The text form of an array.
fn tag_list(tags: &[Tag]) -> Option<String> {
    if tags.is_empty() {
        return None;
    }
    let mut list = String::from("{");
    for tag in tags {
        if list.len() > 1 {
            list.push(',');
        }
        list.push('"');
        for character in tag.as_str().chars() {
            if matches!(character, '"' | '\\') {
                list.push('\\');
            }
            list.push(character);
        }
        list.push('"');
    }
    list.push('}');
    Some(list)
}

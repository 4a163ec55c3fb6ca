//! What the tests share: a folder of their own, and appends to try.
#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "each test file uses its share of this, and a test may fail by panicking"
)]

pub(crate) mod desk;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::{env, fs, process};

use eventide_core::store::{AppendRequest, CommandMark, ExpectedVersion, StreamAppend};
use eventide_core::{CommandId, Metadata, NewEvent, SchemaVersion, StreamId, Version};
use uuid::Uuid;

/// A new folder, gone with the value.
#[derive(Debug)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!(
            "eventide-sqlite-{}-{}",
            process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        );
        let path = env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.0.join("log.db")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

pub(crate) fn stream(id: &str) -> StreamId {
    StreamId::new("Order", id).unwrap()
}

pub(crate) fn command() -> CommandId {
    CommandId::from_uuid(Uuid::now_v7())
}

pub(crate) fn event(event_type: &str) -> NewEvent {
    NewEvent {
        id: Uuid::now_v7().into(),
        event_type: event_type.into(),
        schema_version: SchemaVersion::FIRST,
        payload: br#"{"sku":"85123A"}"#.to_vec(),
        metadata: Metadata::of_command(command()),
        tags: Vec::new(),
    }
}

/// `events` new events for `stream`, whatever its version.
pub(crate) fn append(stream: &StreamId, events: usize) -> AppendRequest {
    expecting(stream, ExpectedVersion::Any, events)
}

pub(crate) fn append_after(stream: &StreamId, version: u64, events: usize) -> AppendRequest {
    expecting(
        stream,
        ExpectedVersion::Exact(Version::new(version)),
        events,
    )
}

pub(crate) fn append_of(stream: &StreamId, events: Vec<NewEvent>) -> AppendRequest {
    AppendRequest::to(StreamAppend {
        stream: stream.clone(),
        expected: ExpectedVersion::Any,
        events,
        commands: Vec::new(),
    })
}

fn expecting(stream: &StreamId, expected: ExpectedVersion, events: usize) -> AppendRequest {
    AppendRequest::to(StreamAppend {
        stream: stream.clone(),
        expected,
        events: (0..events).map(|_| event("LineAdded")).collect(),
        commands: vec![CommandMark {
            id: command(),
            events,
        }],
    })
}

//! Reading old events: three declared steps against the same steps by hand, the present version
//! against plain `serde_json`, and a step that looks something up.

mod by_hand;
mod declared;

use std::hint::black_box;
use std::time::{Duration, Instant};

use eventide::schema::decode;
use eventide::{
    CommandId, Metadata, NewEvent, Position, RecordedEvent, SchemaVersion, StreamId, Version,
};
use jiff::Timestamp;
use uuid::Uuid;

use crate::support::{Args, Table, interleaved};

/// Events in a page as a repository reads them.
const PAGE: u64 = 512;

pub(crate) fn run(args: &Args, table: &mut Table) {
    let name = "decode, three steps";
    if args.wants(name) {
        contest(name, 1, 0.9, by_hand::decode, args, table);
    }
    let name = "decode, one step";
    if args.wants(name) {
        contest(name, 3, 0.9, by_hand::decode, args, table);
    }
    let name = "decode, present version (twin: from_slice)";
    if args.wants(name) {
        contest(name, 4, 0.97, by_hand::present, args, table);
    }
}

fn contest(
    name: &str,
    version: u32,
    target: f64,
    twin: fn(&RecordedEvent) -> by_hand::LineAdded,
    args: &Args,
    table: &mut Table,
) {
    let page: Vec<_> = (1..=PAGE).map(|n| recorded(n, version)).collect();
    for event in &page {
        let ours: declared::LineAdded = decode(event).unwrap();
        assert_eq!(format!("{ours:?}"), format!("{:?}", twin(event)));
    }
    let pages = args.size(400, 100);
    let results = interleaved(
        args.size(31, 7),
        || {
            time(pages, &page, |event| {
                decode::<declared::LineAdded>(event).unwrap()
            })
        },
        || time(pages, &page, twin),
    );
    let count = pages * u32::try_from(PAGE).unwrap();
    table.row(name, count, results, Some(target));
}

fn time<E>(times: u32, page: &[RecordedEvent], read: impl Fn(&RecordedEvent) -> E) -> Duration {
    let started = Instant::now();
    for _ in 0..times {
        for event in page {
            black_box(read(black_box(event)));
        }
    }
    started.elapsed()
}

/// Event number `n`, as it was stored in that version.
fn recorded(n: u64, version: u32) -> RecordedEvent {
    let sku = format!("{:05}A", n % 100_000);
    let description = "WHITE HANGING HEART T-LIGHT HOLDER";
    let quantity = n % 40 + 1;
    let payload = match version {
        1 => format!(r#"{{"code":"{sku}","description":"{description}","quantity":{quantity}}}"#),
        2 => format!(
            r#"{{"code":"{sku}","description":"{description}","quantity":{quantity},"currency":"Gbp"}}"#
        ),
        3 => format!(
            r#"{{"sku":"{sku}","description":"{description}","quantity":{quantity},"currency":"Gbp"}}"#
        ),
        _ => format!(
            r#"{{"sku":"{sku}","description":"{description}","quantity":{{"pieces":{quantity}}},"currency":"Gbp"}}"#
        ),
    };
    let new = NewEvent {
        id: Uuid::from_u64_pair(0, n).into(),
        event_type: "LineAdded".into(),
        schema_version: SchemaVersion::new(version),
        payload: payload.into_bytes(),
        metadata: Metadata::of_command(CommandId::from(Uuid::from_u64_pair(1, n))),
        tags: Vec::new(),
    };
    let stream = StreamId::new("Order", "1").unwrap();
    RecordedEvent::new(
        Position::from_raw(n),
        stream,
        Version::new(n),
        Timestamp::UNIX_EPOCH,
        new,
    )
}

//! Tables with a past: many streams of ten events each, whose events lie far apart in the log.

use uuid::Uuid;

use crate::native::PAYLOAD;
use crate::server::{Bench, connect};

/// How many events each stream has.
pub(crate) const EVENTS_EACH: u64 = 10;

/// How many events are inserted in one transaction.
const AT_ONCE: u64 = 1_000_000;

/// When the first event was recorded, in seconds; each next one a millisecond later.
const BEGAN: u64 = 1_700_000_000;

// Ids as a program makes them that takes version 7: the time in front, so that they come in order,
// and random behind.
const FILL: &str = "\
INSERT INTO eventide.events (
    position, version, recorded_at, schema_version, event_id, correlation_id, causation_id,
    aggregate_type, aggregate_id, event_type, payload
)
SELECT
    n, (n - 1) / @streams@ + 1, to_timestamp(@began@ + n / 1000.0), 1, id('1', n), id('2', n), id('2', n),
    'Order', stream((n - 1) % @streams@),
    (ARRAY['LineAdded', 'LineRemoved', 'NoteWritten', 'OrderShipped'])[1 + n % 4], '@payload@'::json
FROM generate_series(@first@::int8, @last@) AS n;
INSERT INTO eventide.commands (command_id, after_version, events, position, aggregate_type, aggregate_id)
SELECT id('2', n), (n - 1) / @streams@, 1, n, 'Order', stream((n - 1) % @streams@)
FROM generate_series(@first@::int8, @last@) AS n;";

const IDS: &str = "\
CREATE FUNCTION id(kind text, n int8) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT (lpad(to_hex(@began@000 + n), 12, '0') || '7' || kind || substr(md5(kind || n), 1, 2)
        || '8' || substr(md5(kind || n), 3, 15))::uuid
$$;
CREATE FUNCTION stream(n int8) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT (lpad(to_hex(@began@000 + n), 12, '0') || '70008' || lpad(to_hex(n), 15, '0'))::uuid::text
$$;";

/// Puts `events` events into the empty tables of a store.
pub(crate) fn fill(bench: &Bench, address: &str, events: u64) {
    let streams = streams(events);
    let text = |sql: &str| {
        sql.replace("@began@", &BEGAN.to_string())
            .replace("@streams@", &streams.to_string())
            .replace("@payload@", std::str::from_utf8(PAYLOAD).unwrap())
    };
    bench.runtime.block_on(async {
        let client = connect(address).await;
        client.batch_execute(&text(IDS)).await.unwrap();
        for before in (0..events).step_by(usize::try_from(AT_ONCE).unwrap()) {
            let last = events.min(before + AT_ONCE);
            let sql = text(FILL)
                .replace("@first@", &(before + 1).to_string())
                .replace("@last@", &last.to_string());
            client.batch_execute(&sql).await.unwrap();
        }
        settle(address).await;
    });
}

/// What a server does with tables some time after they were written.
pub(crate) async fn settle(address: &str) {
    let client = connect(address).await;
    for sql in ["VACUUM ANALYZE", "CHECKPOINT"] {
        client.batch_execute(sql).await.unwrap();
    }
}

/// How many streams there are among `events` events.
pub(crate) fn streams(events: u64) -> u64 {
    events / EVENTS_EACH
}

/// The id of a stream, counted from 0.
pub(crate) fn stream_id(stream: u64) -> String {
    let high = u128::from(BEGAN * 1000 + stream) << 80;
    let id = high | 0x7000_8000_0000_0000_0000 | u128::from(stream);
    Uuid::from_u128(id).to_string()
}

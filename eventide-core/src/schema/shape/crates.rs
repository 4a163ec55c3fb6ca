//! Shapes of other crates' types, as serde stores them.

use jiff::civil;
use serde_json::value::RawValue;
use serde_json::{Map, Number, Value};
use uuid::Uuid;

use super::std::scalars;
use super::{Shape, TypeShape};
use crate::ids::{
    CausationId, CommandId, CorrelationId, EventId, Position, SchemaVersion, Version,
};

scalars! {
    "json": Value, RawValue;
    "number": Number;
    "uuid": Uuid, EventId, CommandId, CorrelationId, CausationId;
    "u64": Version, Position;
    "u32": SchemaVersion;
    "timestamp": jiff::Timestamp;
    "zoned": jiff::ZonedDateTime;
    "date": civil::Date;
    "time": civil::Time;
    "datetime": civil::DateTime;
    "duration": jiff::SignedDuration;
    "span": jiff::Span;
}

impl Shape for Map<String, Value> {
    const SHAPE: &'static TypeShape = &TypeShape::map(String::SHAPE, Value::SHAPE);
}

#[cfg(feature = "bytes")]
mod bytes {
    use super::{Shape, TypeShape};

    impl Shape for bytes::Bytes {
        const SHAPE: &'static TypeShape = <[u8]>::SHAPE;
    }

    impl Shape for bytes::BytesMut {
        const SHAPE: &'static TypeShape = <[u8]>::SHAPE;
    }
}

#[cfg(feature = "chrono")]
mod chrono {
    use chrono::{
        DateTime, Month, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Weekday,
    };

    use super::{Shape, TypeShape, scalars};

    scalars! {
        "date": NaiveDate;
        "time": NaiveTime;
        "datetime": NaiveDateTime;
        "weekday": Weekday;
        "month": Month;
    }

    impl<Z: TimeZone> Shape for DateTime<Z> {
        const SHAPE: &'static TypeShape = jiff::Timestamp::SHAPE;
    }

    impl Shape for TimeDelta {
        const SHAPE: &'static TypeShape = <(i64, i32)>::SHAPE;
    }
}

#[cfg(feature = "rust_decimal")]
scalars! {
    "decimal": rust_decimal::Decimal;
}

// By default these are stored as rows of numbers, and with that crate's feature
// `serde-human-readable` as text of its own form: neither is what another crate reads.
#[cfg(feature = "time")]
scalars! {
    "time-date": time::Date;
    "time-time": time::Time;
    "time-primitive-date-time": time::PrimitiveDateTime;
    "time-offset-date-time": time::OffsetDateTime;
    "time-utc-date-time": time::UtcDateTime;
    "time-timestamp": time::Timestamp;
    "time-utc-offset": time::UtcOffset;
    "time-duration": time::Duration;
    "time-weekday": time::Weekday;
    "time-month": time::Month;
}

#[cfg(feature = "url")]
scalars! {
    "url": url::Url;
}

//! Values on their way to and from the server, in its binary form.

use std::error::Error;

use bytes::{BufMut, BytesMut};
use jiff::Timestamp;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, accepts, to_sql_checked};

/// Microseconds from 1970-01-01 to 2000-01-01, where PostgreSQL starts to count.
const EPOCH: i64 = 946_684_800_000_000;

/// A point in time, in microseconds since 1970-01-01.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Micros(pub(crate) i64);

impl Micros {
    pub(crate) fn of(time: Timestamp) -> Self {
        Self(time.as_microsecond())
    }

    /// What is stored has whole microseconds, so a bound between two of them is as good as the
    /// later.
    pub(crate) fn at_or_after(time: Timestamp) -> Self {
        let floor = time.as_nanosecond().div_euclid(1_000);
        let rest = time.as_nanosecond().rem_euclid(1_000);
        Self(i64::try_from(floor + i128::from(rest > 0)).unwrap_or(i64::MAX))
    }

    pub(crate) fn timestamp(self) -> Result<Timestamp, Wrong> {
        Ok(Timestamp::from_microsecond(self.0)?)
    }
}

impl<'a> FromSql<'a> for Micros {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Wrong> {
        let micros = i64::from_be_bytes(raw.try_into()?);
        Ok(Self(micros.saturating_add(EPOCH)))
    }

    accepts!(TIMESTAMPTZ);
}

impl ToSql for Micros {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Wrong> {
        out.put_i64(self.0.saturating_sub(EPOCH));
        Ok(IsNull::No)
    }

    accepts!(TIMESTAMPTZ);
    to_sql_checked!();
}

/// Bytes as they are, whatever the column calls them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Raw<'a>(pub(crate) &'a [u8]);

/// What PostgreSQL puts before the text of a `jsonb`.
const JSONB: u8 = 1;

impl<'a> FromSql<'a> for Raw<'a> {
    fn from_sql(kind: &Type, raw: &'a [u8]) -> Result<Self, Wrong> {
        match (kind, raw) {
            (&Type::JSONB, [JSONB, text @ ..]) => Ok(Self(text)),
            (&Type::JSONB, _) => Err("unknown form of jsonb".into()),
            _ => Ok(Self(raw)),
        }
    }

    accepts!(JSON, JSONB, BYTEA);
}

impl ToSql for Raw<'_> {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Wrong> {
        if *kind == Type::JSONB {
            out.put_u8(JSONB);
        }
        out.put_slice(self.0);
        Ok(IsNull::No)
    }

    accepts!(JSON, JSONB, BYTEA);
    to_sql_checked!();
}

/// What is wrong with a column.
pub(crate) type Wrong = Box<dyn Error + Send + Sync>;

pub(crate) fn unsigned(number: i64) -> Result<u64, Wrong> {
    Ok(u64::try_from(number)?)
}

/// A position or version as PostgreSQL counts, which has no number above.
pub(crate) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A count as an `integer`.
pub(crate) fn small(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may fail by panicking")]
mod tests {
    use jiff::Timestamp;

    use super::Micros;

    #[test]
    fn a_time_between_two_microseconds_bounds_like_the_later() {
        let bound = |nanosecond| {
            let time = Timestamp::from_nanosecond(nanosecond).unwrap();
            Micros::at_or_after(time).0
        };
        assert_eq!(bound(1_000), 1);
        assert_eq!(bound(1_001), 2);
        assert_eq!(bound(-1_001), -1);
    }
}

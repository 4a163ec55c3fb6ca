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

/// A value of several, such as a function returns that has several results.
#[derive(Debug)]
pub(crate) struct Record<'a>(pub(crate) Vec<Field<'a>>);

/// One of them.
#[derive(Debug)]
pub(crate) struct Field<'a> {
    kind: Type,
    raw: Option<&'a [u8]>,
}

impl<'a> Field<'a> {
    pub(crate) fn get<T: FromSql<'a>>(&self) -> Result<T, Wrong> {
        if !T::accepts(&self.kind) {
            return Err(format!("unexpected type {}", self.kind).into());
        }
        T::from_sql_nullable(&self.kind, self.raw)
    }
}

/// The first bytes of `raw`, which are taken off.
fn take<'a>(raw: &mut &'a [u8], length: usize) -> Result<&'a [u8], Wrong> {
    let (taken, rest) = raw.split_at_checked(length).ok_or("a record ends early")?;
    *raw = rest;
    Ok(taken)
}

impl<'a> FromSql<'a> for Record<'a> {
    fn from_sql(_: &Type, mut raw: &'a [u8]) -> Result<Self, Wrong> {
        let raw = &mut raw;
        let count = u32::from_be_bytes(take(raw, 4)?.try_into()?);
        let mut fields = Vec::new();
        for _ in 0..count {
            let oid = u32::from_be_bytes(take(raw, 4)?.try_into()?);
            let kind = Type::from_oid(oid).ok_or("a type of the user's")?;
            let length = i32::from_be_bytes(take(raw, 4)?.try_into()?);
            let length = usize::try_from(length).ok();
            let raw = length.map(|length| take(raw, length)).transpose()?;
            fields.push(Field { kind, raw });
        }
        Ok(Self(fields))
    }

    accepts!(RECORD);
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

//! Amounts and quantities: exact decimals and whole numbers, never floats.

use std::fmt;
use std::iter::Sum;
use std::num::NonZeroU32;
use std::str::FromStr;

use eventide::Shape;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::{Deserialize, Serialize};

/// Hundredths of a penny in a pound.
const PARTS: i64 = 10_000;

/// An amount in pounds sterling, with all its digits.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Shape,
)]
pub struct Money(Decimal);

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(Decimal::ZERO);

    /// Whether it is below zero.
    pub fn is_negative(self) -> bool {
        self < Self::ZERO
    }

    /// The price of `quantity` pieces; `None` if no such amount can be written down.
    pub fn times(self, quantity: i64) -> Option<Self> {
        self.0.checked_mul(Decimal::from(quantity)).map(Self)
    }

    /// The sum; `None` if no such amount can be written down.
    pub fn plus(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// In hundredths of a penny, for a database without decimals; `None` if it is finer or too large.
    pub fn parts(self) -> Option<i64> {
        let parts = self.0.checked_mul(Decimal::from(PARTS))?;
        parts.is_integer().then(|| parts.to_i64()).flatten()
    }

    /// What so many hundredths of a penny come to.
    pub fn of_parts(parts: i64) -> Self {
        Self((Decimal::from(parts) / Decimal::from(PARTS)).normalize())
    }

    /// Rounded to whole pence, thousands apart: for people.
    pub fn rounded(self) -> String {
        let text = format!("{:.2}", self.0.round_dp(2));
        let (sign, digits) = text
            .strip_prefix('-')
            .map_or(("", &*text), |rest| ("-", rest));
        let (pounds, pence) = digits.split_once('.').unwrap_or((digits, "00"));
        let groups: Vec<_> = pounds
            .as_bytes()
            .rchunks(3)
            .rev()
            .map(|group| String::from_utf8_lossy(group).into_owned())
            .collect();
        format!("{sign}£{}.{pence}", groups.join(","))
    }

    /// How long a bar for this amount is, if the bar for `whole` is `longest`.
    pub fn bar(self, whole: Self, longest: usize) -> usize {
        let share = self.0.checked_div(whole.0).unwrap_or_default();
        let length = share
            .checked_mul(longest.into())
            .unwrap_or_default()
            .round();
        length.to_usize().unwrap_or_default().min(longest)
    }
}

impl Sum for Money {
    /// Totals of totals; sums of a shop's figures stay far within 28 digits.
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        Self(amounts.map(|amount| amount.0).sum())
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Money {
    type Err = rust_decimal::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Decimal::from_str_exact(text).map(Self)
    }
}

/// What prices are in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Shape)]
#[serde(rename_all = "UPPERCASE")]
pub enum Currency {
    /// Pounds sterling: the shop takes nothing else so far.
    Gbp,
}

/// A number of pieces, at least one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Shape)]
pub struct Quantity(NonZeroU32);

impl Quantity {
    /// `pieces`, if that is a number of pieces one can sell.
    pub fn new(pieces: i64) -> Option<Self> {
        u32::try_from(pieces)
            .ok()
            .and_then(NonZeroU32::new)
            .map(Self)
    }

    /// How many.
    pub fn get(self) -> i64 {
        self.0.get().into()
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

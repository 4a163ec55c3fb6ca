//! Where goods go, and what kind of journey that is.

use std::fmt;

use eventide::prelude::*;
use serde::{Deserialize, Serialize};

/// Countries a parcel reaches by land and ferry, as the shop writes them.
const EUROPE: [&str; 23] = [
    "Austria",
    "Belgium",
    "Channel Islands",
    "Cyprus",
    "Czech Republic",
    "Denmark",
    "EIRE",
    "European Community",
    "Finland",
    "France",
    "Germany",
    "Greece",
    "Iceland",
    "Italy",
    "Lithuania",
    "Malta",
    "Netherlands",
    "Norway",
    "Poland",
    "Portugal",
    "Spain",
    "Sweden",
    "Switzerland",
];

/// A country, and the zone its parcels are sorted into.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Shape)]
pub struct Destination {
    /// The country, as the shop writes it.
    pub country: String,
    /// How far that is.
    pub zone: Zone,
}

/// How far a parcel goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Shape)]
#[serde(rename_all = "snake_case")]
pub enum Zone {
    /// Within the United Kingdom.
    Domestic,
    /// Elsewhere in Europe.
    Europe,
    /// Across an ocean.
    Overseas,
    /// Nobody wrote down the country.
    Unknown,
}

impl Destination {
    /// The destination in `country`.
    pub fn within(country: impl Into<String>) -> Self {
        let country = country.into();
        let zone = match &*country {
            "United Kingdom" => Zone::Domestic,
            "" | "Unspecified" => Zone::Unknown,
            other if EUROPE.contains(&other) => Zone::Europe,
            _ => Zone::Overseas,
        };
        Self { country, zone }
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.country)
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Domestic => "domestic",
            Self::Europe => "europe",
            Self::Overseas => "overseas",
            Self::Unknown => "unknown",
        })
    }
}

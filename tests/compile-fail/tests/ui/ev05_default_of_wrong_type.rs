use eventide::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
struct Country(String);

const HOME: &str = "AT";

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(version = 2)]
struct OrderPlaced {
    #[event(since = 2, default = HOME)]
    country: String,
    #[event(since = 2, default = 1 + 1)]
    total: String,
    #[event(since = 2, default)]
    home: Country,
}

fn main() {}

use eventide::prelude::*;
use serde::{Deserialize, Serialize};

fn parse(text: String) -> Result<u64, std::num::ParseIntError> {
    text.parse()
}

fn double(number: u32) -> u32 {
    number * 2
}

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(version = 2)]
struct OrderPlaced {
    #[event(changed(since = 2, from = String, with = parse))]
    result: u64,
    #[event(changed(since = 2, from = u32, with = double))]
    returned: u64,
    #[event(changed(since = 2, from = String, with = double))]
    argument: u32,
    #[event(changed(since = 2, from = u32, try_with = double))]
    total: u32,
    #[event(changed(since = 2, from = String, try_with = parse))]
    small: u8,
    #[event(changed(since = 2, from = u32, with = unknown))]
    unknown: u8,
}

fn main() {}

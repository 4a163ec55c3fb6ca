use eventide::prelude::*;

#[derive(Debug, Clone, PartialEq, Eq, Hash, AggregateId)]
#[aggregate_id(prefix = "order")]
struct Pair(u32, u32);

#[derive(Debug, Clone, PartialEq, Eq, Hash, AggregateId)]
enum Choice {
    One,
}

fn main() {}

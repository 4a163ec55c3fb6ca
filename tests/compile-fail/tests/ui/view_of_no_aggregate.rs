mod common;

use common::*;
use eventide::prelude::*;
use serde::{Deserialize, Serialize};

struct Order;

#[derive(Debug, Default, Clone, Serialize, Deserialize, View)]
#[view(key = OrderId, observes(Order))]
struct Sales;

fn main() {}

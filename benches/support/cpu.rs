//! CPU time as Linux tells it: `/proc/self/stat`, see proc(5), in hundredths of a second.

use std::fs;
use std::time::Duration;

/// User time of this process, all threads together. System time is the next field.
pub(crate) const OWN: usize = 14;

/// The sum of a field, counted from 1, and the next; zero where there is no `/proc`.
pub(crate) fn at_field(first: usize) -> Duration {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The second field, the program's name in brackets, may hold spaces.
    let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks: u64 = after_name
        .split_whitespace()
        .skip(first - 3)
        .take(2)
        .filter_map(|field| field.parse::<u64>().ok())
        .sum();
    Duration::from_millis(ticks * 10)
}

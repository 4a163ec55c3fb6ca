//! Values compared by their `Debug` text: the one thing every state, event and error has.

use std::fmt::Debug;
use std::iter::Peekable;
use std::str::Lines;

/// Why two values are not the same; `None` if they are, whatever order their maps and sets are in.
pub(in crate::testing) fn difference<T: Debug>(one: &T, other: &T) -> Option<String> {
    let (one, other) = (format!("{one:#?}"), format!("{other:#?}"));
    if one == other || ordered(&one) == ordered(&other) {
        return None;
    }
    Some(format!("one:   {one}\nother: {other}"))
}

/// The text with the entries of its maps and sets sorted: a hash map's order is not its content.
fn ordered(text: &str) -> String {
    let mut lines = text.lines().peekable();
    let mut all = Vec::new();
    while lines.peek().is_some() {
        all.extend(entries(&mut lines));
        all.extend(lines.next().map(str::to_owned));
    }
    all.join("\n")
}

/// The entries up to the line that closes the block they are in.
fn entries(lines: &mut Peekable<Lines<'_>>) -> Vec<String> {
    let mut entries = Vec::new();
    while let Some(line) = lines.next_if(|line| !line.trim_start().starts_with(['}', ']', ')'])) {
        let mut entry = line.trim_start().to_owned();
        let mut opening = line;
        while opening.ends_with(['{', '[', '(']) {
            let mut children = self::entries(lines);
            if is_map_or_set(opening) {
                children.sort_unstable();
            }
            entry.extend(children);
            let Some(closing) = lines.next() else { break };
            entry.push_str(closing.trim_start());
            opening = closing;
        }
        entries.push(entry);
    }
    entries
}

/// A struct has its name before the brace.
fn is_map_or_set(opening: &str) -> bool {
    opening
        .strip_suffix('{')
        .map(str::trim)
        .is_some_and(|before| before.is_empty() || before.ends_with(':'))
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, HashMap, HashSet};

    use super::{difference, ordered};

    #[derive(Debug, Default)]
    #[expect(dead_code, reason = "read by Debug")]
    struct State {
        by_key: HashMap<(u32, String), Vec<u32>>,
        seen: HashSet<u32>,
        list: Vec<u32>,
        last: Option<BTreeMap<u32, u32>>,
    }

    fn state(numbers: impl Iterator<Item = u32> + Clone) -> State {
        State {
            by_key: numbers
                .clone()
                .map(|n| ((n, "a {".to_owned()), vec![n, 1]))
                .collect(),
            seen: numbers.collect(),
            list: vec![1, 2],
            last: Some(BTreeMap::from([(1, 2)])),
        }
    }

    #[test]
    fn the_order_of_hash_maps_and_sets_does_not_matter() {
        for _ in 0..5 {
            assert_eq!(difference(&state(0..40), &state((0..40).rev())), None);
        }
    }

    #[test]
    fn anything_else_does() {
        let mut lists = state(0..40);
        lists.list.reverse();
        assert!(difference(&lists, &state(0..40)).is_some());
        let mut values = state(0..40);
        values.by_key.insert((7, "a {".to_owned()), vec![1, 7]);
        assert!(difference(&values, &state(0..40)).is_some());
        assert!(difference(&state(0..39), &state(0..40)).is_some());
    }

    #[test]
    fn unbalanced_text_is_kept() {
        assert_eq!(ordered("}\na\n]"), "}\na\n]");
        assert_eq!(ordered("a {\nb"), "a {b");
    }
}

//! The book, done as it tells: in a package of a user's own every edit is made, every command is
//! run, and every message must be what the tools really say. If it is not, what they say is shown.
//!
//! What the code blocks mean is said at the top of `docs/src/the-shop.md`.
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

#[path = "book/blocks.rs"]
mod blocks;
#[path = "book/shop.rs"]
mod shop;

use blocks::Kind;
use shop::Shop;

/// The pages that do something, in their order.
const PAGES: [(&str, &str); 5] = [
    ("the-shop", include_str!("../../../docs/src/the-shop.md")),
    (
        "changing-an-event",
        include_str!("../../../docs/src/changing-an-event.md"),
    ),
    (
        "steps-by-hand",
        include_str!("../../../docs/src/steps-by-hand.md"),
    ),
    ("deploying", include_str!("../../../docs/src/deploying.md")),
    (
        "projections",
        include_str!("../../../docs/src/projections.md"),
    ),
];

#[test]
fn what_the_book_says_is_so() {
    let mut shop = Shop::new();
    let mut lies = Vec::new();
    'book: for (page, text) in PAGES {
        for block in blocks::of(text) {
            let Err(truth) = shop.does(&block) else {
                continue;
            };
            lies.push(format!("docs/src/{page}.md:{}: {truth}", block.line));
            if matches!(block.kind, Kind::Edit(_) | Kind::Script { .. }) {
                lies.push("what follows was not tried".to_owned());
                break 'book;
            }
        }
    }
    assert!(lies.is_empty(), "{}", lies.join("\n\n"));
}

#[test]
fn every_section_ends_green() {
    let mut sections = 0;
    for (page, text) in PAGES {
        let mut red = None;
        for block in blocks::of(text) {
            if let Some(red) = red
                && red != block.section
            {
                panic!("docs/src/{page}.md: `{red}` ends red");
            }
            if let Kind::Script { fails } = block.kind {
                sections += usize::from(!fails);
                red = fails.then_some(block.section);
            }
        }
        assert_eq!(red, None, "docs/src/{page}.md ends red");
    }
    assert!(sections > 20, "the book was not read");
}

//! The code blocks of a page.

/// A code block.
pub(crate) struct Block<'a> {
    /// Where it begins.
    pub(crate) line: usize,
    /// The heading it stands under.
    pub(crate) section: &'a str,
    pub(crate) kind: Kind<'a>,
    pub(crate) text: String,
}

/// What a block asks for.
pub(crate) enum Kind<'a> {
    /// A whole file.
    File(&'a str),
    /// Items at the end of the domain's file.
    Items,
    /// An edit of a file.
    Edit(&'a str),
    /// Commands.
    Script { fails: bool },
    /// What the last commands printed.
    Said,
    /// What a file holds.
    Holds(&'a str),
    /// What the last commands changed in the lock.
    LockChange,
}

/// The blocks of `page`, in their order.
pub(crate) fn of(page: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut section = "";
    let mut lines = (1..).zip(page.lines());
    while let Some((line, text)) = lines.next() {
        if let Some(heading) = text.strip_prefix("## ") {
            section = heading;
        }
        let Some(info) = text.strip_prefix("```") else {
            continue;
        };
        let inside = lines.by_ref().map(|(_, text)| text);
        let text: Vec<_> = inside.take_while(|text| *text != "```").collect();
        blocks.push(Block {
            line,
            section,
            kind: Kind::of(info).unwrap_or_else(|| panic!("line {line}: `{info}` means nothing")),
            text: text.join("\n"),
        });
    }
    blocks
}

impl<'a> Kind<'a> {
    fn of(info: &'a str) -> Option<Self> {
        let (language, attribute) = info.split_once(',').unwrap_or((info, ""));
        let file = attribute.strip_prefix("file=");
        Some(match (language, file, attribute) {
            ("rust" | "toml", Some(file), _) => Self::File(file),
            ("rust", None, "") => Self::Items,
            ("diff", Some("eventide.lock"), _) => Self::LockChange,
            ("diff", Some(file), _) => Self::Edit(file),
            ("diff", None, "") => Self::Edit("src/lib.rs"),
            ("sh", None, "" | "fails") => Self::Script {
                fails: attribute == "fails",
            },
            ("text", Some(file), _) => Self::Holds(file),
            ("text", None, "") => Self::Said,
            _ => return None,
        })
    }
}

/// The parts of a text, between lines that stand for whatever is left out.
pub(crate) fn parts(text: &str) -> Vec<String> {
    let lines: Vec<_> = text.lines().collect();
    let parts = lines.split(|line| *line == "...");
    parts
        .map(|lines| lines.join("\n"))
        .filter(|part| !part.is_empty())
        .collect()
}

/// Both sides of a part of an edit: what was there, and what is there after it.
pub(crate) fn sides(edit: &str) -> (String, String) {
    let side = |other: char| {
        let lines = edit.lines().filter(|line| !line.starts_with(other));
        let lines = lines.map(|line| line.get(1..).unwrap_or_default());
        lines.collect::<Vec<_>>().join("\n")
    };
    (side('+'), side('-'))
}

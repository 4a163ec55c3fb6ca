//! Writing the text of a lock.

use std::fmt::{self, Display, Formatter, Write as _};

use crate::{Block, FORMAT, Golden, Key, Line, Lock, Path, Tagging, Type};

const HEADER: &str = "\
# eventide.lock: what is stored of every event, version by version. Commit it; do not edit it.
# `EVENTIDE_LOCK=accept cargo test lock` writes it.";

/// Writes the file, sorted, whatever the order of the blocks and lines.
///
/// ```
/// use eventide_lock::Lock;
///
/// let lock = Lock { domain: "shop".to_owned(), blocks: Vec::new() };
/// assert!(lock.to_string().ends_with("\nformat 1\ndomain shop\n"));
/// ```
impl Display for Lock {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{HEADER}\nformat {FORMAT}\ndomain {}",
            Name(&self.domain)
        )?;
        let mut blocks: Vec<&Block> = self.blocks.iter().collect();
        blocks.sort_by_key(|block| (&block.event, block.version));
        blocks
            .into_iter()
            .try_for_each(|block| write!(f, "\n{block}"))
    }
}

/// Writes the block's lines, each with its line break.
impl Display for Block {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "event {} {}", Name(&self.event), self.version)?;
        f.write_str(if self.published { " published\n" } else { "\n" })?;
        let mut lines: Vec<&Line> = self.lines.iter().collect();
        lines.sort_by_cached_key(|line| line.path.to_string());
        for line in lines {
            writeln!(f, "  {line}")?;
        }
        self.goldens
            .iter()
            .try_for_each(|golden| write!(f, "{golden}"))
    }
}

impl Display for Golden {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "  golden {}", self.payload)?;
        match self.reads.as_deref() {
            None => Ok(()),
            Some([]) => writeln!(f, "    reads nothing"),
            Some(reads) => reads.iter().try_for_each(|reading| {
                let event = Name(&reading.event);
                writeln!(
                    f,
                    "    reads {event} {} {}",
                    reading.version, reading.payload
                )
            }),
        }
    }
}

/// `note?: string`
impl Display for Line {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let missing = if self.may_be_missing { "?" } else { "" };
        write!(f, "{}{missing}: {}", self.path, self.ty)
    }
}

/// `lines[].sku`; a path that does not begin with a field's name begins with `.`: `.[].sku`.
impl Display for Path {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let rest = if let [Key::Name(name), rest @ ..] = self.0.as_slice() {
            write!(f, "{}", Name(name))?;
            rest
        } else {
            f.write_char('.')?;
            &self.0
        };
        rest.iter().try_for_each(|key| write!(f, "{key}"))
    }
}

/// `.name`, `[]`, `{}`, `#0` or `|variant`
impl Display for Key {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => write!(f, ".{}", Name(name)),
            Self::Element => f.write_str("[]"),
            Self::Value => f.write_str("{}"),
            Self::Part(index) => write!(f, "#{index}"),
            Self::Variant(name) => write!(f, "|{}", Name(name)),
        }
    }
}

/// `[decimal?]`
impl Display for Type {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scalar(word) => f.write_str(word),
            Self::Opaque(name) => write!(f, "opaque {}", Quoted(name)),
            Self::Optional(inner) => write!(f, "{inner}?"),
            Self::List(inner) => write!(f, "[{inner}]"),
            Self::Array(inner, length) => write!(f, "[{inner}; {length}]"),
            Self::Map(key, value) => write!(f, "{{{key}: {value}}}"),
            Self::Tuple(parts) => {
                f.write_char('(')?;
                for (index, part) in parts.iter().enumerate() {
                    let comma = if index == 0 { "" } else { ", " };
                    write!(f, "{comma}{part}")?;
                }
                f.write_char(')')
            }
            Self::Object { strict: false } => f.write_str("object"),
            Self::Object { strict: true } => f.write_str("strict object"),
            Self::Enum(tagging) => write!(f, "{tagging}"),
        }
    }
}

/// `enum by "type"`
impl Display for Tagging {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::External => f.write_str("enum"),
            Self::Internal(tag) => write!(f, "enum by {}", Quoted(tag)),
            Self::Adjacent(tag, content) => {
                write!(f, "enum by {} with {}", Quoted(tag), Quoted(content))
            }
            Self::Untagged => f.write_str("untagged enum"),
        }
    }
}

/// A character that a name may have without being quoted.
pub(crate) fn is_bare(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '-'
}

/// A name: bare if possible, else as a JSON string.
pub(crate) struct Name<'a>(pub(crate) &'a str);

impl Display for Name<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if !self.0.is_empty() && self.0.chars().all(is_bare) {
            f.write_str(self.0)
        } else {
            write!(f, "{}", Quoted(self.0))
        }
    }
}

/// A JSON string.
struct Quoted<'a>(&'a str);

impl Display for Quoted<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(self.0).map_err(|_| fmt::Error)?)
    }
}

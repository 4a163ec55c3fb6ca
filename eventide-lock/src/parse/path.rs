//! Reading paths: what stands left of the colon.

use std::str::FromStr;

use super::{Malformed, cursor::Cursor};
use crate::{Key, MAX_DEPTH, Path};

/// Takes a path: `.` for the payload itself, or its keys.
pub(super) fn path(cursor: &mut Cursor<'_>) -> Result<Path, Malformed> {
    const EXPECTED: &str = "a path, as in `lines[].sku`";
    let rooted = cursor.eat(".");
    let mut keys: Vec<Key> = cursor.name()?.map(Key::Name).into_iter().collect();
    if keys.is_empty() && cursor.0.starts_with('.') {
        return Err(cursor.unexpected(EXPECTED));
    }
    while let Some(key) = key(cursor)? {
        keys.push(key);
        if keys.len() > MAX_DEPTH {
            return Err(Malformed::TooDeep);
        }
    }
    if keys.is_empty() && !rooted {
        return Err(cursor.unexpected(EXPECTED));
    }
    Ok(Path(keys))
}

/// Takes one key, if one stands here.
fn key(cursor: &mut Cursor<'_>) -> Result<Option<Key>, Malformed> {
    let name = |cursor: &mut Cursor<'_>, expected| {
        cursor.name()?.ok_or_else(|| cursor.unexpected(expected))
    };
    Ok(if cursor.eat(".") {
        Some(Key::Name(name(cursor, "the name of a field")?))
    } else if cursor.eat("[]") {
        Some(Key::Element)
    } else if cursor.eat("{}") {
        Some(Key::Value)
    } else if cursor.eat("#") {
        Some(Key::Part(
            cursor.number("the number of a tuple's part, from 0")?,
        ))
    } else if cursor.eat("|") {
        Some(Key::Variant(name(cursor, "the name of a variant")?))
    } else {
        None
    })
}

impl FromStr for Path {
    type Err = Malformed;

    /// Reads what [`Display`](std::fmt::Display) writes.
    ///
    /// ```
    /// use eventide_lock::{Key, Path};
    ///
    /// let path: Path = "lines[].sku".parse()?;
    /// let name = |name: &str| Key::Name(name.to_owned());
    /// assert_eq!(path, Path(vec![name("lines"), Key::Element, name("sku")]));
    /// assert_eq!(".".parse(), Ok(Path::default()));
    /// # Ok::<(), eventide_lock::Malformed>(())
    /// ```
    fn from_str(text: &str) -> Result<Self, Malformed> {
        let mut cursor = Cursor(text);
        let path = path(&mut cursor)?;
        cursor.end("`.`, `[]`, `{}`, `#`, `|` or the end of the path")?;
        Ok(path)
    }
}

impl FromStr for Key {
    type Err = Malformed;

    /// Reads what [`Display`](std::fmt::Display) writes.
    ///
    /// ```
    /// use eventide_lock::Key;
    ///
    /// assert_eq!("#1".parse(), Ok(Key::Part(1)));
    /// assert_eq!(r#"|"part paid""#.parse(), Ok(Key::Variant("part paid".to_owned())));
    /// ```
    fn from_str(text: &str) -> Result<Self, Malformed> {
        const EXPECTED: &str = "one key: `.name`, `[]`, `{}`, `#0` or `|variant`";
        let mut cursor = Cursor(text);
        let key = key(&mut cursor)?.ok_or_else(|| cursor.unexpected(EXPECTED))?;
        cursor.end(EXPECTED)?;
        Ok(key)
    }
}

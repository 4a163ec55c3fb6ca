//! Reading types: what stands right of the colon.

use std::str::FromStr;

use super::{Malformed, cursor::Cursor};
use crate::{MAX_DEPTH, Tagging, Type};

/// Takes a type of at most [`MAX_DEPTH`] levels.
pub(super) fn ty(cursor: &mut Cursor<'_>) -> Result<Type, Malformed> {
    nested(cursor, 1).map(|nested| nested.ty)
}

struct Nested {
    ty: Type,
    /// The levels in it. A `?` adds one from outside, so that they are not known beforehand.
    height: usize,
}

fn nested(cursor: &mut Cursor<'_>, depth: usize) -> Result<Nested, Malformed> {
    if depth > MAX_DEPTH {
        return Err(Malformed::TooDeep);
    }
    let mut nested = without_optional(cursor, depth)?;
    while cursor.eat("?") {
        nested.height += 1;
        nested.ty = Type::Optional(Box::new(nested.ty));
        if nested.height > MAX_DEPTH {
            return Err(Malformed::TooDeep);
        }
    }
    Ok(nested)
}

fn without_optional(cursor: &mut Cursor<'_>, depth: usize) -> Result<Nested, Malformed> {
    let (ty, below) = if cursor.eat("[") {
        let Nested { ty, height } = nested(cursor, depth + 1)?;
        let element = Box::new(ty);
        let ty = if cursor.eat("; ") {
            Type::Array(element, cursor.number("the length of an array")?)
        } else {
            Type::List(element)
        };
        cursor.need("]", "`]`, or `; ` and the length of an array")?;
        (ty, height)
    } else if cursor.eat("{") {
        let key = nested(cursor, depth + 1)?;
        cursor.need(": ", "`: ` and the type of a map's values")?;
        let value = nested(cursor, depth + 1)?;
        cursor.need("}", "`}` at the end of a map")?;
        (
            Type::Map(Box::new(key.ty), Box::new(value.ty)),
            key.height.max(value.height),
        )
    } else if cursor.eat("(") {
        tuple(cursor, depth)?
    } else {
        (word(cursor)?, 0)
    };
    let height = below + 1;
    if height > MAX_DEPTH {
        return Err(Malformed::TooDeep);
    }
    Ok(Nested { ty, height })
}

/// The rest of a tuple.
fn tuple(cursor: &mut Cursor<'_>, depth: usize) -> Result<(Type, usize), Malformed> {
    let (mut parts, mut below) = (Vec::new(), 0);
    if cursor.eat(")") {
        return Ok((Type::Tuple(parts), below));
    }
    loop {
        let Nested { ty, height } = nested(cursor, depth + 1)?;
        parts.push(ty);
        below = below.max(height);
        if cursor.eat(")") {
            return Ok((Type::Tuple(parts), below));
        }
        cursor.need(", ", "`, ` or `)` after a part of a tuple")?;
    }
}

fn word(cursor: &mut Cursor<'_>) -> Result<Type, Malformed> {
    let before = cursor.0;
    let word =
        cursor.take_while(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "_-".contains(c));
    Ok(match word {
        "object" => Type::Object { strict: false },
        "strict" => {
            cursor.need(" object", "`strict object`")?;
            Type::Object { strict: true }
        }
        "untagged" => {
            cursor.need(" enum", "`untagged enum`")?;
            Type::Enum(Tagging::Untagged)
        }
        "enum" => Type::Enum(tagging(cursor)?),
        "opaque" => {
            const EXPECTED: &str = "a name as a JSON string, as in `opaque \"name\"`";
            cursor.need(" ", EXPECTED)?;
            Type::Opaque(cursor.string(EXPECTED)?)
        }
        scalar if scalar.starts_with(|c: char| c.is_ascii_lowercase()) => {
            Type::Scalar(scalar.to_owned())
        }
        _ => {
            return Err(Cursor(before).unexpected("a type, as in `u32`, `[string]` or `object?`"));
        }
    })
}

fn tagging(cursor: &mut Cursor<'_>) -> Result<Tagging, Malformed> {
    const TAG: &str = "the name of a key as a JSON string, as in `enum by \"type\"`";
    if !cursor.eat(" by ") {
        return Ok(Tagging::External);
    }
    let tag = cursor.string(TAG)?;
    Ok(if cursor.eat(" with ") {
        Tagging::Adjacent(tag, cursor.string(TAG)?)
    } else {
        Tagging::Internal(tag)
    })
}

impl FromStr for Type {
    type Err = Malformed;

    /// Reads what [`Display`](std::fmt::Display) writes.
    ///
    /// ```
    /// use eventide_lock::Type;
    ///
    /// let decimal = Type::Scalar("decimal".to_owned());
    /// assert_eq!("[decimal?]".parse(), Ok(Type::List(Box::new(Type::Optional(Box::new(decimal))))));
    /// ```
    fn from_str(text: &str) -> Result<Self, Malformed> {
        let mut cursor = Cursor(text);
        let ty = ty(&mut cursor)?;
        cursor.end("the end of the type")?;
        Ok(ty)
    }
}

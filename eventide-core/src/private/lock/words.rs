//! Paths and types as the lock writes them, in const evaluation.

use eventide_lock::hash::path;

use super::super::message::Message;
use super::line::Line;
use crate::schema::shape::{Kind, Tagging, TypeShape};

/// A place in a payload.
#[derive(Clone, Copy)]
pub(super) struct At<'a> {
    pub(super) hash: u64,
    pub(super) key: Key<'a>,
    pub(super) outer: Option<&'a At<'a>>,
}

/// The last step to a place.
#[derive(Clone, Copy)]
pub(super) enum Key<'a> {
    Root,
    Name(&'a str),
    Element,
    Value,
    Part(u64),
    Variant(&'a str),
}

impl At<'_> {
    const fn inner<'a>(&'a self, key: Key<'a>, hash: u64) -> At<'a> {
        At {
            hash,
            key,
            outer: Some(self),
        }
    }

    pub(super) const fn key<'a>(&'a self, name: &'a str, name_hash: u64) -> At<'a> {
        self.inner(Key::Name(name), path::key(self.hash, name_hash))
    }

    pub(super) const fn element(&self) -> At<'_> {
        self.inner(Key::Element, path::element(self.hash))
    }

    pub(super) const fn value(&self) -> At<'_> {
        self.inner(Key::Value, path::value(self.hash))
    }

    pub(super) const fn part(&self, index: u64) -> At<'_> {
        self.inner(Key::Part(index), path::part(self.hash, index))
    }

    pub(super) const fn variant<'a>(&'a self, name: &'a str, name_hash: u64) -> At<'a> {
        self.inner(Key::Variant(name), path::variant(self.hash, name_hash))
    }

    const fn add(&self, message: &mut Message) {
        let mut at_root = false;
        if let Some(outer) = self.outer {
            at_root = matches!(outer.key, Key::Root);
            if !at_root {
                outer.add(message);
            } else if !matches!(self.key, Key::Name(_)) {
                message.add(".");
            }
        }
        match self.key {
            Key::Root => message.add("."),
            Key::Name(name) => {
                if !at_root {
                    message.add(".");
                }
                add_name(name, message);
            }
            Key::Element => message.add("[]"),
            Key::Value => message.add("{}"),
            Key::Part(index) => {
                message.add("#");
                message.add_number(index);
            }
            Key::Variant(name) => {
                message.add("|");
                add_name(name, message);
            }
        }
    }
}

/// ``field `lines[].sku` ``
pub(super) const fn add_subject(at: &At<'_>, message: &mut Message) {
    match at.key {
        Key::Root => return message.add("the payload"),
        Key::Variant(_) => message.add("variant `"),
        _ => message.add("field `"),
    }
    at.add(message);
    message.add("`");
}

impl Line {
    /// As [`add_subject`].
    pub(super) const fn add_subject(&self, message: &mut Message) {
        match self.path.as_bytes() {
            b"." => return message.add("the payload"),
            _ if self.is_variant => message.add("variant `"),
            _ => message.add("field `"),
        }
        message.add(self.path);
        message.add("`");
    }

    /// As [`add_type`].
    pub(super) const fn add_type(&self, message: &mut Message) {
        message.add(self.ty);
        message.add(after(self.may_be_missing));
    }
}

/// A type behind its opening backtick.
pub(super) const fn add_type(shape: &TypeShape, may_be_missing: bool, message: &mut Message) {
    add(shape, message);
    message.add(after(may_be_missing));
}

const fn after(may_be_missing: bool) -> &'static str {
    if may_be_missing { "` or missing" } else { "`" }
}

const fn add(shape: &TypeShape, message: &mut Message) {
    match *shape.kind() {
        Kind::Scalar(word) => message.add(word),
        Kind::Opaque(name) => {
            message.add("opaque ");
            add_quoted(name, message);
        }
        Kind::Optional(inner) => {
            add(inner, message);
            message.add("?");
        }
        Kind::List(inner) => {
            message.add("[");
            add(inner, message);
            message.add("]");
        }
        Kind::Array(inner, length) => {
            message.add("[");
            add(inner, message);
            message.add("; ");
            message.add_number(length);
            message.add("]");
        }
        Kind::Map(key, value) => {
            message.add("{");
            add(key, message);
            message.add(": ");
            add(value, message);
            message.add("}");
        }
        Kind::Tuple(mut parts) => {
            let mut comma = "(";
            while let [part, rest @ ..] = parts {
                message.add(comma);
                add(part, message);
                comma = ", ";
                parts = rest;
            }
            message.add(if comma.len() == 1 { "()" } else { ")" });
        }
        Kind::Object { strict: false, .. } => message.add("object"),
        Kind::Object { strict: true, .. } => message.add("strict object"),
        Kind::Enum { tagging, .. } => match tagging {
            Tagging::External => message.add("enum"),
            Tagging::Untagged => message.add("untagged enum"),
            Tagging::Internal(tag) => {
                message.add("enum by ");
                add_quoted(tag, message);
            }
            Tagging::Adjacent(tag, content) => {
                message.add("enum by ");
                add_quoted(tag, message);
                message.add(" with ");
                add_quoted(content, message);
            }
        },
    }
}

/// A name: bare if possible, else as a JSON string.
const fn add_name(name: &str, message: &mut Message) {
    let mut rest = name.as_bytes();
    while let [
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-',
        more @ ..,
    ] = rest
    {
        rest = more;
    }
    if rest.is_empty() && !name.is_empty() {
        message.add(name);
    } else {
        add_quoted(name, message);
    }
}

/// A JSON string. Control characters, which nobody has in a name, stay as they are.
const fn add_quoted(mut text: &str, message: &mut Message) {
    message.add("\"");
    let mut index = 0;
    while index < text.len() {
        let (before, rest) = text.split_at(index);
        if let [b'"' | b'\\', ..] = rest.as_bytes() {
            message.add(before);
            message.add("\\");
            let (one, after) = rest.split_at(1);
            message.add(one);
            text = after;
            index = 0;
        } else {
            index = text.ceil_char_boundary(index + 1);
        }
    }
    message.add(text);
    message.add("\"");
}

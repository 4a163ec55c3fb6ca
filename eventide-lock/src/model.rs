//! What a lock file says.

/// A whole lock file. Blocks are sorted by event and version, and no two are of the same.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lock {
    /// The domain's name.
    pub domain: String,
    /// One block per event version.
    pub blocks: Vec<Block>,
}

/// One version of one event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// The event's stored name.
    pub event: String,
    /// The schema version.
    pub version: u32,
    /// Events of this shape may be stored somewhere: the block does not change any more.
    pub published: bool,
    /// Its shape, sorted by path.
    pub lines: Vec<Line>,
    /// Payloads of that shape, in the order they came.
    pub goldens: Vec<Golden>,
}

/// One place in a payload, and what stands there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Line {
    /// Where.
    pub path: Path,
    /// What.
    pub ty: Type,
    /// The key need not be there.
    pub may_be_missing: bool,
}

/// A place in a payload; empty for the payload itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Path(pub Vec<Key>);

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// `.name`
    Name(String),
    /// `[]`: an element of a list or array.
    Element,
    /// `{}`: a value of a map.
    Value,
    /// `#1`: a part of a tuple, from 0.
    Part(u32),
    /// `|name`: a variant of an enum; of an untagged one its number, from 0.
    Variant(String),
}

/// A type as it goes over the wire. What is in an object or enum stands in lines of its own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Type {
    /// `u32`, `string`, `decimal`, `unit`: one lower-case word.
    Scalar(String),
    /// `opaque "name"`: only the name is known.
    Opaque(String),
    /// `T?`: may be `null`.
    Optional(Box<Type>),
    /// `[T]`
    List(Box<Type>),
    /// `[T; 3]`
    Array(Box<Type>, u64),
    /// `{K: V}`
    Map(Box<Type>, Box<Type>),
    /// `(A, B)`
    Tuple(Vec<Type>),
    /// `object`, or `strict object` if unknown keys are refused.
    Object {
        /// Unknown keys are refused.
        strict: bool,
    },
    /// `enum`, with how its variants are told apart.
    Enum(Tagging),
}

/// How the variants of an enum are told apart, in serde's terms.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tagging {
    /// `enum`: `{"variant": content}`
    External,
    /// `enum by "tag"`: a key beside the content.
    Internal(String),
    /// `enum by "tag" with "content"`: a key, and another for the content.
    Adjacent(String, String),
    /// `untagged enum`: the first variant that fits; their order counts.
    Untagged,
}

/// A payload that once was stored, or could have been.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Golden {
    /// JSON, on one line.
    pub payload: String,
    /// What the accepted program read it as: none, one or several events. `None` if that is not
    /// recorded yet.
    pub reads: Option<Vec<Reading>>,
}

/// What a stored event was read as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// The stored name of the event it became.
    pub event: String,
    /// The schema version.
    pub version: u32,
    /// JSON, on one line.
    pub payload: String,
}

//! Identities and places: what names a message, and where it stands.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! uuid_newtype {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Takes an existing UUID as this id.
            pub const fn from_uuid(id: Uuid) -> Self {
                Self(id)
            }

            /// The UUID itself.
            pub const fn as_uuid(&self) -> &Uuid {
                &self.0
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    };
}

uuid_newtype! {
    /// Names one recorded event, for ever. A UUID v7 when eventide makes it.
    EventId
}

uuid_newtype! {
    /// Names one command. It is the idempotency key: the same id executed twice acts once.
    ///
    /// ```
    /// use eventide_core::CommandId;
    ///
    /// let first = CommandId::derived("import", "invoice 536365");
    /// assert_eq!(first, CommandId::derived("import", "invoice 536365"));
    /// assert_ne!(first, first.nth(1));
    /// ```
    CommandId
}

uuid_newtype! {
    /// Ties together everything that follows from one first cause: a request, an import, a timer.
    CorrelationId
}

uuid_newtype! {
    /// Names the message that directly caused this one: for an event the id of its command, for a
    /// command the id of the event a reaction answered.
    CausationId
}

uuid_newtype! {
    /// Names one log, for ever: made with it, kept by every copy of its storage, and shared with no
    /// log that was made apart from it.
    LogId
}

impl CommandId {
    /// The id that belongs to `name` within `scope`: the same two strings always give the same id
    /// (UUID v5, RFC 9562), so that a caller who lost its memory still repeats itself harmlessly.
    pub fn derived(scope: &str, name: &str) -> Self {
        let scope = Uuid::new_v5(&Uuid::NAMESPACE_OID, scope.as_bytes());
        Self(Uuid::new_v5(&scope, name.as_bytes()))
    }

    /// The id of the `n`-th command of a batch that goes by this id.
    ///
    /// Neighbours differ in their last 32 bits only, so that a store finds the commands of a batch
    /// side by side in its index.
    #[must_use]
    pub fn nth(&self, n: u32) -> Self {
        Self(Uuid::from_u128(self.0.as_u128() ^ u128::from(n)))
    }
}

impl From<CommandId> for CausationId {
    fn from(id: CommandId) -> Self {
        Self(id.0)
    }
}

impl From<EventId> for CausationId {
    fn from(id: EventId) -> Self {
        Self(id.0)
    }
}

impl From<CommandId> for CorrelationId {
    fn from(id: CommandId) -> Self {
        Self(id.0)
    }
}

/// How many events a stream holds; for an event, its place in its stream, counted from 1.
///
/// ```
/// use eventide_core::Version;
///
/// assert_eq!(Version::ZERO.next(), Version::new(1));
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Version(u64);

impl Version {
    /// The version of a stream that holds no event yet.
    pub const ZERO: Self = Self(0);

    /// The version after `events` events.
    pub const fn new(events: u64) -> Self {
        Self(events)
    }

    /// The number itself.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The version one event later.
    #[must_use]
    pub const fn next(self) -> Self {
        self.plus(1)
    }

    /// The version `events` events later. Stays at the largest number rather than wrap; no store
    /// can hold that many events.
    #[must_use]
    pub const fn plus(self, events: u64) -> Self {
        Self(self.0.saturating_add(events))
    }

    /// How many events lie between `earlier` and this version; zero if it is not earlier.
    pub const fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl From<u64> for Version {
    fn from(events: u64) -> Self {
        Self(events)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Version({})", self.0)
    }
}

/// A place in the log of one store. Opaque: positions compare, and nothing else is promised of
/// them; they need not be neighbours.
///
/// A reader at a position has seen everything before it that will ever be visible.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Position(u64);

impl Position {
    /// Before the first event of any log.
    pub const START: Self = Self(0);

    /// For stores: makes a position of the store's own number, which must be above zero and grow
    /// in the order of the log.
    pub const fn from_raw(raw: u64) -> Self {
        Self(raw)
    }

    /// For stores and for keeping a checkpoint: the store's own number.
    pub const fn as_raw(self) -> u64 {
        self.0
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Position({})", self.0)
    }
}

/// Which shape of an event a payload has. Starts at 1 and grows with each change of the event's
/// fields.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SchemaVersion(u32);

impl SchemaVersion {
    /// The first shape of every event.
    pub const FIRST: Self = Self(1);

    /// The shape with this number.
    pub const fn new(number: u32) -> Self {
        Self(number)
    }

    /// The number itself.
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl fmt::Display for SchemaVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for SchemaVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SchemaVersion({})", self.0)
    }
}

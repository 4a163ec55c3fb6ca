//! The names of subscriptions.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use thiserror::Error;

/// Names a subscription within one log, for ever: its checkpoints are kept under it.
///
/// Lower-case letters, digits, `-`, `_` and `.`, from 1 to 100 of them, beginning with a letter.
///
/// ```
/// use eventide_core::subscription::SubscriptionName;
///
/// assert!(SubscriptionName::new("country-sales.v2").is_ok());
/// assert!(SubscriptionName::new("Country sales").is_err());
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubscriptionName(Arc<str>);

impl SubscriptionName {
    /// The longest name, in bytes.
    pub const MAX_BYTES: usize = 100;

    /// Takes a name.
    ///
    /// # Errors
    /// It is not of the form above.
    pub fn new(name: impl Into<Arc<str>>) -> Result<Self, InvalidName> {
        let name = name.into();
        let fits = |byte: u8| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_' | b'.')
        };
        let begins = name.as_bytes().first().is_some_and(u8::is_ascii_lowercase);
        if begins && name.len() <= Self::MAX_BYTES && name.bytes().all(fits) {
            Ok(Self(name))
        } else {
            Err(InvalidName {
                name: name.to_string(),
            })
        }
    }

    /// The text of it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SubscriptionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for SubscriptionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SubscriptionName({})", self.0)
    }
}

impl FromStr for SubscriptionName {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        Self::new(text)
    }
}

/// A name that no subscription can have.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "`{name}` cannot name a subscription: it takes lower-case letters, digits, `-`, `_` and `.`, at \
     most {} of them, and begins with a letter",
    SubscriptionName::MAX_BYTES
)]
#[non_exhaustive]
pub struct InvalidName {
    /// What was given.
    pub name: String,
}

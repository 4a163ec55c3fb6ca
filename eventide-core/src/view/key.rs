//! The keys of a view's documents.

use std::fmt;
use std::hash::Hash;

use thiserror::Error;
use uuid::Uuid;

use crate::stream::AggregateId;

/// The longest key, in bytes of its text: as long as an aggregate's id.
pub(super) const MAX_BYTES: usize = 1024;

/// What tells the documents of a view apart: an aggregate's id, text, a whole number, a date.
///
/// Its text has at most 1,024 bytes, and no NUL character. An event that names another is parked.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the key of a view",
    label = "not a key",
    note = "use an aggregate id, `String`, a whole number, `Uuid` or `jiff::civil::Date`; or derive `AggregateId` on a newtype"
)]
pub trait ViewKey: Clone + Eq + Hash + fmt::Debug + Send + Sync + 'static {
    /// The key as text. Two keys are the same exactly if their texts are.
    fn to_text(&self) -> String;

    /// The key of a text that [`to_text`](Self::to_text) wrote.
    ///
    /// # Errors
    /// The text is no such key.
    fn of_text(text: &str) -> Result<Self, InvalidViewKey>;
}

/// Why the text of a key cannot be kept, if it cannot.
pub(super) fn refused(text: &str) -> Option<String> {
    if text.len() > MAX_BYTES {
        let long = text.len();
        return Some(format!(
            "it names a key of {long} bytes, more than {MAX_BYTES}"
        ));
    }
    let nul = text.contains('\0');
    nul.then(|| "it names a key with a NUL character in it".to_owned())
}

/// A text that is no key of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{text}` is not a key of a view: {reason}")]
#[non_exhaustive]
pub struct InvalidViewKey {
    /// The text.
    pub text: String,
    /// Why not.
    pub reason: String,
}

impl InvalidViewKey {
    /// For implementations of [`ViewKey`].
    pub fn new(text: &str, reason: impl fmt::Display) -> Self {
        Self {
            text: text.to_owned(),
            reason: reason.to_string(),
        }
    }
}

#[diagnostic::do_not_recommend]
impl<I: AggregateId> ViewKey for I {
    fn to_text(&self) -> String {
        self.to_string()
    }

    fn of_text(text: &str) -> Result<Self, InvalidViewKey> {
        I::parse(text).map_err(|error| InvalidViewKey::new(text, error.reason))
    }
}

macro_rules! keys {
    ($($ty:ty),*) => {$(
        impl ViewKey for $ty {
            fn to_text(&self) -> String {
                self.to_string()
            }

            fn of_text(text: &str) -> Result<Self, InvalidViewKey> {
                text.parse().map_err(|error| InvalidViewKey::new(text, error))
            }
        }
    )*};
}

keys!(
    String,
    bool,
    char,
    i8,
    i16,
    i32,
    i64,
    u8,
    u16,
    u32,
    u64,
    Uuid,
    jiff::civil::Date
);

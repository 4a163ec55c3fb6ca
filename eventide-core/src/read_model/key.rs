//! Whose documents an event changes.

use super::model::KeyRule;
use crate::view::{InvalidViewKey, ViewKey};

/// Whose document an event changes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyOf<K> {
    /// That of this key.
    Key(K),
    /// That of this key; and so do all later events of the stream that name no key of their own.
    /// Once remembered, a stream's key never changes.
    Remember(K),
}

/// Whose documents an event changes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeysOf<K> {
    /// The event names none. If the view's key is the id of the event's aggregate, that; otherwise
    /// the one that was remembered of the stream.
    Given,
    /// These; none if the event changes nothing.
    Named(Vec<KeyOf<K>>),
}

/// A key that all later events of the stream have too, unless they name one of their own: what a
/// function that names a key gives instead of the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Remember<K>(pub K);

/// What a function that names the key of an event may give: a key, an `Option`, `Vec` or array of
/// them, or [`Remember`].
#[diagnostic::on_unimplemented(
    message = "a function that names a key of `{K}` cannot give `{Self}`",
    label = "not a key of this view",
    note = "give the view's key, an `Option`, `Vec` or array of it, or `Remember` of it"
)]
pub trait IntoKeys<K> {
    /// How the key is found.
    #[doc(hidden)]
    const RULE: KeyRule = KeyRule::Named;

    /// The keys.
    fn into_keys(self) -> KeysOf<K>;
}

impl<K> IntoKeys<K> for K {
    fn into_keys(self) -> KeysOf<K> {
        KeysOf::Named(vec![KeyOf::Key(self)])
    }
}

impl<K> IntoKeys<K> for Option<K> {
    fn into_keys(self) -> KeysOf<K> {
        KeysOf::Named(self.into_iter().map(KeyOf::Key).collect())
    }
}

impl<K> IntoKeys<K> for Vec<K> {
    fn into_keys(self) -> KeysOf<K> {
        KeysOf::Named(self.into_iter().map(KeyOf::Key).collect())
    }
}

impl<K, const N: usize> IntoKeys<K> for [K; N] {
    fn into_keys(self) -> KeysOf<K> {
        KeysOf::Named(self.into_iter().map(KeyOf::Key).collect())
    }
}

impl<K> IntoKeys<K> for Remember<K> {
    const RULE: KeyRule = KeyRule::Remembered;

    fn into_keys(self) -> KeysOf<K> {
        KeysOf::Named(vec![KeyOf::Remember(self.0)])
    }
}

/// The key of what has no documents: there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NoKey {}

impl ViewKey for NoKey {
    fn to_text(&self) -> String {
        match *self {}
    }

    fn of_text(text: &str) -> Result<Self, InvalidViewKey> {
        Err(InvalidViewKey::new(text, "there are no keys"))
    }
}

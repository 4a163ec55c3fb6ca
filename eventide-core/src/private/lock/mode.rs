use super::super::message::{Message, fail};

/// How strictly the code is held to the lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Not at all: the lock is about to be written.
    Off,
    /// What is not in the lock yet is a warning.
    Hint,
    /// What is not in the lock is an error.
    Strict,
}

impl Mode {
    /// What `EVENTIDE_LOCK` says; if it says nothing, a build server (`CI`) is strict.
    pub const fn of(lock: Option<&str>, ci: Option<&str>) -> Self {
        match bytes(lock) {
            b"accept" | b"publish" => Self::Off,
            b"strict" => Self::Strict,
            b"hint" => Self::Hint,
            _ => match bytes(ci) {
                b"" | b"0" | b"false" => Self::Hint,
                _ => Self::Strict,
            },
        }
    }

    pub(super) const fn is(self, other: Self) -> bool {
        self as u8 == other as u8
    }
}

const fn bytes(text: Option<&str>) -> &[u8] {
    match text {
        Some(text) => text.as_bytes(),
        None => b"",
    }
}

/// `EVENTIDE_LOCK` holds something that means something.
#[track_caller]
pub const fn known_mode(lock: Option<&str>) {
    match bytes(lock) {
        b"" | b"accept" | b"publish" | b"strict" | b"hint" => {}
        _ => {
            let mut message = Message::new().and("EVENTIDE_LOCK is `");
            if let Some(lock) = lock {
                message.add(lock);
            }
            message.add("`, which means nothing\n");
            message.add("  `hint`: what is not in the lock yet is a warning\n");
            message.add("  `strict`: it is an error, as where `CI` is set\n");
            message.add("  `accept`: `cargo test lock` writes the lock\n");
            message.add("  `publish`: the same, and what is in it does not change any more");
            fail(&message);
        }
    }
}

/// Whether something is not in the lock: a warning, by a call of what is deprecated.
#[derive(Debug)]
pub struct Unlocked<const FOUND: bool>;

impl Unlocked<true> {
    /// There is something.
    #[deprecated(
        note = "EV07: an event listed here is not in the lock yet, `EVENTIDE_LOCK=accept cargo test lock` adds it"
    )]
    pub const fn event() {}
}

impl Unlocked<false> {
    /// There is nothing.
    pub const fn event() {}
}

//! Error messages made in const evaluation.

/// A text of bounded length; what does not fit is cut off.
pub(super) struct Message {
    bytes: [u8; Self::MAX],
    len: usize,
}

impl Message {
    const MAX: usize = 4096;

    pub(super) const fn new() -> Self {
        Self {
            bytes: [0; Self::MAX],
            len: 0,
        }
    }

    /// As [`add`](Self::add), in a chain.
    pub(super) const fn and(mut self, text: &str) -> Self {
        self.add(text);
        self
    }

    /// Appends `text`, or as many of its characters as still fit.
    pub(super) const fn add(&mut self, text: &str) {
        let fits = text.floor_char_boundary(Self::MAX - self.len);
        let (text, _) = text.as_bytes().split_at(fits);
        let (_, free) = self.bytes.split_at_mut(self.len);
        let (target, _) = free.split_at_mut(fits);
        target.copy_from_slice(text);
        self.len += fits;
    }

    /// As [`add_number`](Self::add_number), in a chain.
    pub(super) const fn number(mut self, number: u32) -> Self {
        self.add_number(number as u64);
        self
    }

    /// Appends a number in decimal digits.
    pub(super) const fn add_number(&mut self, number: u64) {
        if number > 9 {
            self.add_number(number / 10);
        }
        let digits = "0123456789";
        let (_, from) = digits.split_at((number % 10) as usize);
        let (digit, _) = from.split_at(1);
        self.add(digit);
    }

    /// Whether nothing was added yet.
    pub(super) const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The text so far.
    pub(super) const fn as_str(&self) -> &str {
        let (text, _) = self.bytes.split_at(self.len);
        match str::from_utf8(text) {
            Ok(text) => text,
            Err(_) => "",
        }
    }
}

/// Stops the compiler with the message, at the caller.
#[track_caller]
#[expect(
    clippy::panic,
    reason = "in const evaluation a panic is a compile error"
)]
pub(super) const fn fail(message: &Message) {
    panic!("{}", message.as_str());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_joined() {
        let message = Message::new().and("event `").and("Größe").and("`");
        assert_eq!(message.as_str(), "event `Größe`");
    }

    #[test]
    fn numbers_are_written_in_digits() {
        let mut message = Message::new();
        assert!(message.is_empty());
        for number in [0, 7, 10, u64::MAX] {
            message.add_number(number);
            message.add(" ");
        }
        assert_eq!(message.as_str(), "0 7 10 18446744073709551615 ");
    }

    #[test]
    fn what_does_not_fit_is_cut_between_characters() {
        let long = "ö".repeat(Message::MAX / 3);
        let message = Message::new().and("x").and(&long).and(&long);
        assert_eq!(message.as_str().len(), Message::MAX - 1);
        assert!(message.as_str().ends_with('ö'));
    }
}

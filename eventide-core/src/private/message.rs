//! Error messages made in const evaluation.

/// A text of bounded length; what does not fit is cut off.
pub(super) struct Message {
    bytes: [u8; Self::MAX],
    len: usize,
}

impl Message {
    const MAX: usize = 1024;

    pub(super) const fn new() -> Self {
        Self {
            bytes: [0; Self::MAX],
            len: 0,
        }
    }

    /// Appends `text`, or as many of its characters as still fit.
    pub(super) const fn and(mut self, text: &str) -> Self {
        let fits = text.floor_char_boundary(Self::MAX - self.len);
        let (text, _) = text.as_bytes().split_at(fits);
        let (_, free) = self.bytes.split_at_mut(self.len);
        let (target, _) = free.split_at_mut(fits);
        target.copy_from_slice(text);
        self.len += fits;
        self
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_joined() {
        let message = Message::new().and("event `").and("Größe").and("`");
        assert_eq!(message.as_str(), "event `Größe`");
    }

    #[test]
    fn what_does_not_fit_is_cut_between_characters() {
        let long = "ö".repeat(400);
        let message = Message::new().and("x").and(&long).and(&long);
        assert_eq!(message.as_str().len(), Message::MAX - 1);
        assert!(message.as_str().ends_with('ö'));
    }
}

//! A place in one line of text.

use super::Malformed;

/// How much of a wrong text an error shows, in characters.
const SHOWN: usize = 40;

/// What is left of a line. Every method either takes something from its front or leaves it.
pub(super) struct Cursor<'a>(pub(super) &'a str);

impl<'a> Cursor<'a> {
    /// Takes `token`, if it stands here.
    pub(super) fn eat(&mut self, token: &str) -> bool {
        let rest = self.0.strip_prefix(token);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    /// Takes `token`, or says what was expected.
    pub(super) fn need(&mut self, token: &str, expected: &'static str) -> Result<(), Malformed> {
        if self.eat(token) {
            Ok(())
        } else {
            Err(self.unexpected(expected))
        }
    }

    /// Nothing more may follow.
    pub(super) fn end(&self, expected: &'static str) -> Result<(), Malformed> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(self.unexpected(expected))
        }
    }

    /// Takes characters as long as they are of that kind.
    pub(super) fn take_while(&mut self, is_part: impl Fn(char) -> bool) -> &'a str {
        let end = self.0.find(|c| !is_part(c)).unwrap_or(self.0.len());
        let (taken, rest) = self.0.split_at(end);
        self.0 = rest;
        taken
    }

    /// Takes a number, if digits stand here.
    pub(super) fn number<N: std::str::FromStr>(
        &mut self,
        expected: &'static str,
    ) -> Result<N, Malformed> {
        let before = self.0;
        let digits = self.take_while(|c| c.is_ascii_digit());
        digits
            .parse()
            .map_err(|_| Cursor(before).unexpected(expected))
    }

    /// Takes a name, bare or as a JSON string, if one stands here.
    pub(super) fn name(&mut self) -> Result<Option<String>, Malformed> {
        if self.0.starts_with('"') {
            return self.string("a name as a JSON string").map(Some);
        }
        let name = self.take_while(crate::print::is_bare);
        Ok((!name.is_empty()).then(|| name.to_owned()))
    }

    /// Takes a JSON string.
    pub(super) fn string(&mut self, expected: &'static str) -> Result<String, Malformed> {
        let mut bytes = self.0.bytes().enumerate();
        let mut end = None;
        if let Some((_, b'"')) = bytes.next() {
            while let Some((at, byte)) = bytes.next() {
                match byte {
                    b'\\' => drop(bytes.next()),
                    b'"' => {
                        end = Some(at + 1);
                        break;
                    }
                    _ => {}
                }
            }
        }
        let (string, rest) = end
            .and_then(|end| self.0.split_at_checked(end))
            .ok_or_else(|| self.unexpected(expected))?;
        let string = serde_json::from_str(string).map_err(|_| self.unexpected(expected))?;
        self.0 = rest;
        Ok(string)
    }

    /// What is said of a text that should have been something else.
    pub(super) fn unexpected(&self, expected: &'static str) -> Malformed {
        let found = match self.0.char_indices().nth(SHOWN) {
            _ if self.0.is_empty() => "nothing".to_owned(),
            None => format!("`{}`", self.0),
            Some((end, _)) => format!("`{}..`", self.0.split_at(end).0),
        };
        Malformed::Unexpected { expected, found }
    }
}

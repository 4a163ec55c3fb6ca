//! A line as the lock writes it, taken apart.

use super::LockedLine;

/// A line of the lock.
#[derive(Clone, Copy)]
pub(super) struct Line {
    pub(super) path_hash: u64,
    /// Of the whole line.
    pub(super) hash: u64,
    pub(super) path: &'static str,
    pub(super) ty: &'static str,
    pub(super) may_be_missing: bool,
    /// It is a variant of an enum, and not a field.
    pub(super) is_variant: bool,
}

impl Line {
    pub(super) const fn of(line: &LockedLine) -> Self {
        let (path_hash, hash, text) = *line;
        let (mut end, mut quoted, mut escaped, mut is_variant) = (0, false, false, false);
        let mut rest = text.as_bytes();
        while let [byte, more @ ..] = rest {
            match *byte {
                b'"' if !escaped => quoted = !quoted,
                b':' if !quoted => break,
                b'|' if !quoted => is_variant = true,
                b'.' | b'[' | b'{' | b'#' if !quoted => is_variant = false,
                _ => {}
            }
            escaped = quoted && *byte == b'\\' && !escaped;
            end += 1;
            rest = more;
        }
        let (path, ty) = text.split_at(end);
        let (path, may_be_missing) = match path.as_bytes() {
            [.., b'?'] => (path.split_at(end - 1).0, true),
            _ => (path, false),
        };
        Self {
            path_hash,
            hash,
            path,
            ty: match ty.split_at_checked(2) {
                Some((_, ty)) => ty,
                None => "",
            },
            may_be_missing,
            is_variant,
        }
    }

    /// Whether it lies inside what `outer` is.
    pub(super) const fn is_inside(&self, outer: &Self) -> bool {
        let (mut path, mut prefix) = (self.path.as_bytes(), outer.path.as_bytes());
        while let ([byte, more @ ..], [other, rest @ ..]) = (path, prefix) {
            if *byte != *other {
                return false;
            }
            (path, prefix) = (more, rest);
        }
        prefix.is_empty() && matches!(path, [b'.' | b'[' | b'{' | b'#' | b'|', ..])
    }
}

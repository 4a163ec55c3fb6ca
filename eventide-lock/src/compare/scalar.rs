//! Which scalar holds every value of which other.

/// Whether every value written as `narrow` is also one of `wide`, as JSON.
pub(super) fn holds(wide: &str, narrow: &str) -> bool {
    if wide == "string" {
        return is_text(narrow);
    }
    match (Number::of(wide), Number::of(narrow)) {
        (Some(wide), Some(narrow)) => wide.holds(narrow),
        _ => false,
    }
}

/// What goes over the wire as a text.
fn is_text(word: &str) -> bool {
    matches!(
        word,
        "char" | "date" | "datetime" | "decimal" | "string" | "time" | "timestamp" | "url" | "uuid"
    )
}

#[derive(Clone, Copy)]
enum Number {
    /// With so many bits for the value, without the sign.
    Integer { signed: bool, bits: u32 },
    /// Every integer of so many bits is held exactly.
    Float { exact: u32 },
}

impl Number {
    fn of(word: &str) -> Option<Self> {
        match word {
            "f32" => {
                return Some(Self::Float {
                    exact: f32::MANTISSA_DIGITS,
                });
            }
            "f64" => {
                return Some(Self::Float {
                    exact: f64::MANTISSA_DIGITS,
                });
            }
            _ => {}
        }
        let (signed, bits) = match word.split_at_checked(1)? {
            ("u", bits) => (false, bits),
            ("i", bits) => (true, bits),
            _ => return None,
        };
        let bits: u32 = match bits {
            "8" | "16" | "32" | "64" | "128" => bits.parse().ok()?,
            _ => return None,
        };
        Some(Self::Integer {
            signed,
            bits: bits - u32::from(signed),
        })
    }

    fn holds(self, narrow: Self) -> bool {
        match (self, narrow) {
            (
                Self::Integer { signed, bits },
                Self::Integer {
                    signed: narrow_signed,
                    bits: narrow_bits,
                },
            ) => bits >= narrow_bits && (signed || !narrow_signed),
            (Self::Float { exact }, Self::Integer { bits, .. }) => bits <= exact,
            (Self::Float { exact }, Self::Float { exact: narrow }) => narrow <= exact,
            (Self::Integer { .. }, Self::Float { .. }) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::holds;

    /// Every pair `wide`, `narrow` of distinct words for which the table says yes, and no other.
    #[test]
    fn a_number_holds_the_narrower_ones() {
        let words = [
            "u8", "u16", "u32", "u64", "u128", "i8", "i16", "i32", "i64", "i128", "f32", "f64",
        ];
        let held = [
            ("u8", ""),
            ("u16", "u8"),
            ("u32", "u8 u16"),
            ("u64", "u8 u16 u32"),
            ("u128", "u8 u16 u32 u64"),
            ("i8", ""),
            ("i16", "u8 i8"),
            ("i32", "u8 u16 i8 i16"),
            ("i64", "u8 u16 u32 i8 i16 i32"),
            ("i128", "u8 u16 u32 u64 i8 i16 i32 i64"),
            ("f32", "u8 u16 i8 i16"),
            ("f64", "u8 u16 u32 i8 i16 i32 f32"),
        ];
        for (wide, held) in held {
            for narrow in words {
                let expected = wide == narrow || held.split(' ').any(|word| word == narrow);
                assert_eq!(holds(wide, narrow), expected, "{wide} {narrow}");
            }
        }
    }

    #[test]
    fn a_text_holds_whatever_is_written_as_one() {
        for text in ["uuid", "decimal", "timestamp", "date", "char"] {
            assert!(holds("string", text));
            assert!(!holds(text, "string"));
        }
        assert!(!holds("uuid", "decimal"));
        assert!(!holds("string", "u8"));
        assert!(!holds("u", "i") && !holds("u9", "u8") && !holds("u+8", "u8"));
    }
}

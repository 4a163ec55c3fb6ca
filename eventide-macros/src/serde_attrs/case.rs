//! The rules of `rename_all`, as serde documents them.

/// How serde spells the names of fields or variants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Case {
    Lower,
    Upper,
    Pascal,
    Camel,
    Snake,
    ScreamingSnake,
    Kebab,
    ScreamingKebab,
}

impl Case {
    const ALL: [(&'static str, Self); 8] = [
        ("lowercase", Self::Lower),
        ("UPPERCASE", Self::Upper),
        ("PascalCase", Self::Pascal),
        ("camelCase", Self::Camel),
        ("snake_case", Self::Snake),
        ("SCREAMING_SNAKE_CASE", Self::ScreamingSnake),
        ("kebab-case", Self::Kebab),
        ("SCREAMING-KEBAB-CASE", Self::ScreamingKebab),
    ];

    /// The rule of that name; of any other, serde itself complains.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let found = Self::ALL.iter().find(|(known, _)| *known == name);
        found.map(|(_, case)| *case)
    }

    /// The key of a field that is declared in `snake_case`.
    pub(crate) fn of_field(self, field: &str) -> String {
        match self {
            Self::Lower | Self::Snake => field.to_owned(),
            Self::Upper | Self::ScreamingSnake => field.to_ascii_uppercase(),
            Self::Pascal => joined(field),
            Self::Camel => uncapitalised(&joined(field)),
            Self::Kebab => field.replace('_', "-"),
            Self::ScreamingKebab => field.to_ascii_uppercase().replace('_', "-"),
        }
    }

    /// The name of a variant that is declared in `PascalCase`.
    pub(crate) fn of_variant(self, variant: &str) -> String {
        match self {
            Self::Pascal => variant.to_owned(),
            Self::Lower => variant.to_ascii_lowercase(),
            Self::Upper => variant.to_ascii_uppercase(),
            Self::Camel => uncapitalised(variant),
            Self::Snake => parted(variant),
            Self::ScreamingSnake => parted(variant).to_ascii_uppercase(),
            Self::Kebab => parted(variant).replace('_', "-"),
            Self::ScreamingKebab => parted(variant).to_ascii_uppercase().replace('_', "-"),
        }
    }
}

/// `unit_price` as `UnitPrice`.
fn joined(field: &str) -> String {
    field
        .split('_')
        .flat_map(|word| {
            let mut letters = word.chars();
            let first = letters.next().map(|first| first.to_ascii_uppercase());
            first.into_iter().chain(letters)
        })
        .collect()
}

/// `PartShipped` as `part_shipped`.
fn parted(variant: &str) -> String {
    let mut name = String::with_capacity(variant.len() + 4);
    for (index, letter) in variant.chars().enumerate() {
        if index > 0 && letter.is_uppercase() {
            name.push('_');
        }
        name.push(letter.to_ascii_lowercase());
    }
    name
}

fn uncapitalised(name: &str) -> String {
    let mut letters = name.chars();
    let first = letters.next().map(|first| first.to_ascii_lowercase());
    first.into_iter().chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(name: &str) -> Case {
        let found = Case::named(name);
        assert!(found.is_some(), "{name}");
        found.unwrap_or(Case::Lower)
    }

    #[test]
    fn fields_are_spelt_as_serde_spells_them() {
        for (rule, one, two) in [
            ("lowercase", "total", "unit_price"),
            ("UPPERCASE", "TOTAL", "UNIT_PRICE"),
            ("PascalCase", "Total", "UnitPrice"),
            ("camelCase", "total", "unitPrice"),
            ("snake_case", "total", "unit_price"),
            ("SCREAMING_SNAKE_CASE", "TOTAL", "UNIT_PRICE"),
            ("kebab-case", "total", "unit-price"),
            ("SCREAMING-KEBAB-CASE", "TOTAL", "UNIT-PRICE"),
        ] {
            assert_eq!(case(rule).of_field("total"), one, "{rule}");
            assert_eq!(case(rule).of_field("unit_price"), two, "{rule}");
        }
    }

    #[test]
    fn variants_are_spelt_as_serde_spells_them() {
        for (rule, one, two) in [
            ("lowercase", "paid", "partshipped"),
            ("UPPERCASE", "PAID", "PARTSHIPPED"),
            ("PascalCase", "Paid", "PartShipped"),
            ("camelCase", "paid", "partShipped"),
            ("snake_case", "paid", "part_shipped"),
            ("SCREAMING_SNAKE_CASE", "PAID", "PART_SHIPPED"),
            ("kebab-case", "paid", "part-shipped"),
            ("SCREAMING-KEBAB-CASE", "PAID", "PART-SHIPPED"),
        ] {
            assert_eq!(case(rule).of_variant("Paid"), one, "{rule}");
            assert_eq!(case(rule).of_variant("PartShipped"), two, "{rule}");
        }
    }

    #[test]
    fn odd_names_are_spelt_as_serde_spells_them() {
        assert_eq!(Case::Pascal.of_field("_a__b_1"), "AB1");
        assert_eq!(Case::Camel.of_field("_line_2"), "line2");
        assert_eq!(Case::Snake.of_variant("HTTPError"), "h_t_t_p_error");
        assert_eq!(Case::Kebab.of_variant("Größe"), "größe");
        assert_eq!(Case::named("Snake_Case"), None);
    }
}

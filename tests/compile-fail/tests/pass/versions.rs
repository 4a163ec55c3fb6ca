//! Versions under another path, in a function, on raw names, tuples and private types.
#![deny(warnings)]

use eventide::prelude::*;
use eventide::schema::{FieldError, TryUpcast, Upcast};
use serde::{Deserialize, Serialize};

pub mod sales {
    use super::*;

    const HOME: &str = "AT";

    /// What was sold.
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Shape)]
    pub struct Amount(pub u64);

    impl Amount {
        pub(super) fn of_list<const N: usize>(list: [u8; N]) -> Self {
            Self(list.into_iter().map(u64::from).sum())
        }
    }

    #[derive(Debug, Clone, Serialize, Deserialize, Event)]
    #[serde(rename_all = "SCREAMING-KEBAB-CASE", deny_unknown_fields)]
    #[event(
        version = 3,
        removed(since = 2, name = r#fn, ty = Option<(u8, [u8; 2])>, rename = "function"),
        removed(since = 3, name = came_and_went, ty = Vec<u8>, added = 2, default = vec![1 << 2, 3]),
    )]
    pub(crate) struct Sold {
        #[event(tag, renamed(since = 2, from = r#type, rename = "kind"))]
        pub(crate) r#struct: String,
        #[event(changed(since = 3, from = [u8; 3], with = Amount::of_list::<3>), renamed(since = 3, from = parts))]
        pub(super) amount: Amount,
        #[event(since = 2, default = if HOME.len() < 3 { HOME.to_owned() } else { String::new() })]
        country: String,
        #[event(since = 3, default = Default::default())]
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub(crate) notes: Vec<String>,
    }

    impl Sold {
        pub(crate) fn country(&self) -> &str {
            &self.country
        }
    }
}

fn halves(whole: u32) -> Result<u64, String> {
    if whole % 2 == 0 {
        Ok(u64::from(whole / 2))
    } else {
        Err(format!("{whole} is odd"))
    }
}

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(version = 2)]
struct Halved {
    #[event(changed(since = 2, from = u32, try_with = halves))]
    half: u64,
}

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(name = "Pair", first = "version 1 was never stored", version = 2)]
struct PairV2(u8, u8);

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(version = 3, previous = PairV2)]
struct Pair(u16);

impl Upcast<PairV2> for Pair {
    fn upcast(old: PairV2) -> Self {
        Self(u16::from(old.0) + u16::from(old.1))
    }
}

fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    use sales::{Sold, SoldV1, SoldV2};

    let old: SoldV1 = serde_json::from_str(r#"{"kind":"t","PARTS":[1,2,3],"function":null}"#)?;
    assert!(old.r#fn.is_none());
    let next = SoldV2::upcast(old);
    assert_eq!(next.came_and_went, [4, 3]);
    let json = r#"{"STRUCT":"t","PARTS":[1,2,3],"COUNTRY":"AT","CAME-AND-WENT":[4,3]}"#;
    assert_eq!(serde_json::to_string(&next)?, json);
    let sold = Sold::upcast(next);
    assert_eq!((sold.r#struct.as_str(), sold.country()), ("t", "AT"));
    assert_eq!(sold.amount, sales::Amount(6));
    assert!(sold.notes.is_empty());
    assert!(serde_json::from_str::<SoldV1>(r#"{"kind":"t","PARTS":[1,2,3],"x":1}"#).is_err());

    assert_eq!(Halved::try_upcast(HalvedV1 { half: 4 }).map(|it| it.half)?, 2);
    let error: FieldError = Halved::try_upcast(HalvedV1 { half: 5 }).err().ok_or("odd")?;
    assert_eq!(error.to_string(), "field `half` cannot be converted");
    assert_eq!(Pair::upcast(PairV2(1, 2)).0, 3);

    #[derive(Debug, Clone, Serialize, Deserialize, Event)]
    #[event(version = 2)]
    struct Local {
        #[event(since = 2, default)]
        added: u8,
    }
    assert_eq!(Local::upcast(LocalV1 {}).added, 0);
    Ok(())
}

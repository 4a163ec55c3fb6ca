//! The serde side of a [`Probe`].

use std::any::type_name;

use serde::de::{Deserializer, Visitor};

use super::access::{Entries, Items, Variant};
use super::{Guide, MAX_DEPTH, Probe, Refusal, fnv};

impl<G: Guide> Probe<G> {
    /// Reads what is inside a named type: its places are its own, wherever it is used.
    fn within<V, T>(
        &mut self,
        kind: &str,
        name: &str,
        parts: &[&str],
        read: impl FnOnce(&mut Self) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        self.count_ask()?;
        for fact in [kind, name].iter().chain(parts) {
            self.guide.asked(fact);
        }
        if self.types.len() >= MAX_DEPTH {
            self.guide.too_deep(&self.types);
            self.explained = true;
            return Err(Refusal::Other);
        }
        let place = std::mem::replace(&mut self.place, fnv(0, type_name::<V>()));
        self.types.push(type_name::<V>());
        let result = read(self);
        self.types.pop();
        self.place = place;
        result
    }

    pub(super) fn length(&mut self) -> usize {
        if self.is_recursive() {
            0
        } else {
            self.guide.length()
        }
    }
}

macro_rules! numbers {
    ($through:ident($wide:ty) { $($ask:ident $visit:ident $number:ident $limits:expr,)* }) => {$(
        fn $ask<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
            self.$through::<V>(stringify!($number), $limits, |number: $wide| {
                visitor.$visit($number::try_from(number).unwrap_or(1))
            })
        }
    )*};
}

macro_rules! same_as {
    ($($ask:ident $as:ident,)*) => {$(
        fn $ask<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
            self.$as(visitor)
        }
    )*};
}

impl<'de, G: Guide> Deserializer<'de> for &mut Probe<G> {
    type Error = Refusal;

    numbers!(unsigned(u64) {
        deserialize_u8 visit_u8 u8 u8::MAX.into(),
        deserialize_u16 visit_u16 u16 u16::MAX.into(),
        deserialize_u32 visit_u32 u32 u32::MAX.into(),
        deserialize_u64 visit_u64 u64 u64::MAX,
        deserialize_u128 visit_u128 u128 u64::MAX,
    });

    numbers!(signed(i64) {
        deserialize_i8 visit_i8 i8 (i8::MIN.into(), i8::MAX.into()),
        deserialize_i16 visit_i16 i16 (i16::MIN.into(), i16::MAX.into()),
        deserialize_i32 visit_i32 i32 (i32::MIN.into(), i32::MAX.into()),
        deserialize_i64 visit_i64 i64 (i64::MIN, i64::MAX),
        deserialize_i128 visit_i128 i128 (i64::MIN, i64::MAX),
    });

    same_as! {
        deserialize_any any,
        deserialize_bool bool,
        deserialize_char char,
        deserialize_str text,
        deserialize_string text,
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        self.float("f32", visitor)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        self.float("f64", visitor)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        self.deserialize_byte_buf(visitor)
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        self.guide.asked("bytes");
        visitor.visit_byte_buf(self.guide.draw().to_le_bytes().to_vec())
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        self.guide.asked("option");
        if self.length() == 0 {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        self.guide.asked("unit");
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        self.within::<V, _>("unit struct", name, &[], |_| visitor.visit_unit())
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        self.within::<V, _>("newtype", name, &[], |probe| {
            visitor.visit_newtype_struct(probe)
        })
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        self.guide.asked("sequence");
        let place = self.place;
        let result = visitor.visit_seq(Items::of_any(self));
        self.place = place;
        result
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        self.guide.asked("tuple");
        self.guide.asked(&length.to_string());
        let place = self.place;
        let result = visitor.visit_seq(Items::of_tuple(self, length));
        self.place = place;
        result
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        self.within::<V, _>("tuple struct", name, &[&length.to_string()], |probe| {
            visitor.visit_seq(Items::of_tuple(probe, length))
        })
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        self.guide.asked("map");
        self.map(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        self.within::<V, _>("struct", name, fields, |probe| {
            visitor.visit_map(Entries::fields(probe, fields))
        })
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        self.within::<V, _>("enum", name, variants, |probe| {
            let key = type_name::<V>();
            let recursive = probe.is_recursive();
            let index = probe.guide.variant(key, variants.len(), recursive);
            let variant = variants.get(index).copied().unwrap_or_default();
            probe.guide.asked(variant);
            probe.enter(variant);
            let result = visitor.visit_enum(Variant::new(probe, variant));
            if !recursive && (result.is_ok() || probe.gave_up) {
                probe.guide.variant_read(key, index);
            }
            result
        })
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        self.text(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        visitor.visit_unit()
    }
}

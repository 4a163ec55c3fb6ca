//! What a [`Probe`] puts into sequences, maps, structs and variants.

use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeSeed, EnumAccess, IntoDeserializer, MapAccess, SeqAccess, VariantAccess, Visitor,
};

use super::{Guide, Probe, Refusal, fnv};

/// The elements of a sequence or tuple.
pub(super) struct Items<'a, G> {
    probe: &'a mut Probe<G>,
    place: u64,
    next: usize,
    length: usize,
    is_tuple: bool,
}

impl<'a, G: Guide> Items<'a, G> {
    pub(super) fn of_any(probe: &'a mut Probe<G>) -> Self {
        let length = probe.length();
        Self::new(probe, length, false)
    }

    pub(super) fn of_tuple(probe: &'a mut Probe<G>, length: usize) -> Self {
        Self::new(probe, length, true)
    }

    fn new(probe: &'a mut Probe<G>, length: usize, is_tuple: bool) -> Self {
        Self {
            place: probe.place,
            probe,
            next: 0,
            length,
            is_tuple,
        }
    }
}

impl<'de, G: Guide> SeqAccess<'de> for Items<'_, G> {
    type Error = Refusal;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Refusal> {
        if self.next == self.length {
            return Ok(None);
        }
        self.probe.place = self.place;
        if self.is_tuple {
            self.probe.enter(&self.next.to_string());
        } else {
            self.probe.enter("element");
        }
        self.next += 1;
        seed.deserialize(&mut *self.probe).map(Some)
    }
}

/// The entries of a map, or the fields of a struct.
pub(super) struct Entries<'a, G> {
    probe: &'a mut Probe<G>,
    place: u64,
    left: usize,
    /// The keys still to come, the next one last; `None` if any key will do.
    fields: Option<Vec<&'static str>>,
}

impl<'a, G: Guide> Entries<'a, G> {
    /// Fields in their order, those that cannot be read at the end.
    pub(super) fn fields(probe: &'a mut Probe<G>, fields: &[&'static str]) -> Self {
        let place = probe.place;
        let mut fields = fields.to_vec();
        fields.sort_by_key(|field| probe.learned.hopeless.contains(&fnv(place, field)));
        fields.reverse();
        Self {
            probe,
            place,
            left: 0,
            fields: Some(fields),
        }
    }

    pub(super) fn invented(probe: &'a mut Probe<G>) -> Self {
        Self {
            place: probe.place,
            left: probe.length(),
            probe,
            fields: None,
        }
    }
}

impl<'de, G: Guide> MapAccess<'de> for Entries<'_, G> {
    type Error = Refusal;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Refusal> {
        self.probe.place = self.place;
        if let Some(fields) = &mut self.fields {
            let Some(field) = fields.pop() else {
                return Ok(None);
            };
            self.probe.enter(field);
            let key: StrDeserializer<'_, Refusal> = field.into_deserializer();
            return seed.deserialize(key).map(Some);
        }
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        self.probe.enter("key");
        let key = seed.deserialize(&mut *self.probe)?;
        self.probe.place = self.place;
        self.probe.enter("value");
        Ok(Some(key))
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Refusal> {
        let place = self.probe.place;
        let result = seed.deserialize(&mut *self.probe);
        if result.is_err() && self.probe.gave_up && self.fields.is_some() {
            self.probe.learned.hopeless.insert(place);
        }
        result
    }
}

/// A variant of an enum.
pub(super) struct Variant<'a, G> {
    probe: &'a mut Probe<G>,
    variant: &'static str,
}

impl<'a, G> Variant<'a, G> {
    pub(super) fn new(probe: &'a mut Probe<G>, variant: &'static str) -> Self {
        Self { probe, variant }
    }
}

impl<'de, G: Guide> EnumAccess<'de> for Variant<'_, G> {
    type Error = Refusal;
    type Variant = Self;

    fn variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<(T::Value, Self), Refusal> {
        let name: StrDeserializer<'_, Refusal> = self.variant.into_deserializer();
        Ok((seed.deserialize(name)?, self))
    }
}

impl<'de, G: Guide> VariantAccess<'de> for Variant<'_, G> {
    type Error = Refusal;

    fn unit_variant(self) -> Result<(), Refusal> {
        self.probe.guide.asked("unit variant");
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Refusal> {
        self.probe.guide.asked("newtype variant");
        seed.deserialize(self.probe)
    }

    fn tuple_variant<V: Visitor<'de>>(
        self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        self.probe.guide.asked("tuple variant");
        self.probe.guide.asked(&length.to_string());
        visitor.visit_seq(Items::of_tuple(self.probe, length))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        self.probe.guide.asked("struct variant");
        for field in fields {
            self.probe.guide.asked(field);
        }
        visitor.visit_map(Entries::fields(self.probe, fields))
    }
}

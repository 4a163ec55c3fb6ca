//! Answers to what a visitor asks for: which class, and which member of it.

use std::any::type_name;

use serde::Deserializer;
use serde::de::Visitor;
use serde::de::value::UnitDeserializer;

use super::access::{Entries, Items};
use super::scalars::{self, Kind};
use super::{Answer, Guide, Probe, Refusal, fnv, pick};

impl<G: Guide> Probe<G> {
    /// Picks a class of answers that neither the place nor the visitor has refused.
    ///
    /// A visitor that refuses text does so wherever it is used; one that takes any text may be the
    /// first half of a conversion that fails, and then the place is to blame.
    fn class<V>(&mut self, kind: Kind) -> Result<Answer, Refusal> {
        self.count_ask()?;
        let place = self.place;
        let key = fnv(place, kind_name(kind));
        let visitor = visitor_key::<V>(kind);
        let all = (1_u32 << kind.classes()) - 1;
        let refused = |key| self.learned.refused.get(&key).copied().unwrap_or(0);
        let mut allowed = all & !refused(key) & !refused(visitor);
        if allowed == 0 {
            if !G::TRIES_AGAIN {
                self.gave_up = true;
                return Err(Refusal::Other);
            }
            self.learned.refused.remove(&key);
            allowed = all & !self.learned.refused.get(&visitor).copied().unwrap_or(0);
        }
        let accepted = self.learned.accepted.get(&key).copied().unwrap_or(0);
        if allowed & accepted != 0 {
            allowed &= accepted;
        }
        let at = pick(self.guide.draw(), allowed.count_ones() as usize);
        let mut candidates = (0..kind.classes()).filter(|class| allowed & (1 << class) != 0);
        let class = candidates.nth(at).unwrap_or(0);
        let answer = Answer {
            place,
            key,
            class,
            kind,
        };
        self.answers.push(answer);
        Ok(answer)
    }

    fn settle<V, T>(&mut self, answer: Answer, result: Result<T, Refusal>) -> Result<T, Refusal> {
        let is_refused = matches!(result, Err(Refusal::Other | Refusal::Unexpected(_)));
        if is_refused && !self.explained && !self.gave_up {
            self.refuse(visitor_key::<V>(answer.kind), answer.class);
        }
        result
    }

    pub(super) fn text<'de, V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Refusal> {
        self.guide.asked("text");
        if let Some(&words) = self.learned.words.get(&self.place) {
            return self.known_word(words, visitor);
        }
        let answer = self.class::<V>(Kind::Text)?;
        let text = self.text_of(answer);
        let result = visitor.visit_str(&text);
        self.settle::<V, _>(answer, result)
    }

    fn text_of(&mut self, answer: Answer) -> String {
        let drawn = self.guide.draw();
        let text = match self.guide.fixed(answer.place) {
            Some(fixed) => fixed.to_owned(),
            None => scalars::text(answer.class, drawn),
        };
        self.guide.answered(answer.place, &text);
        text
    }

    fn known_word<'de, V: Visitor<'de>>(
        &mut self,
        words: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        let at = self.guide.word(self.place, words.len());
        let word = words.get(at).copied().unwrap_or_default();
        self.guide.asked(word);
        self.answers.push(Answer {
            place: self.place,
            key: fnv(self.place, "word"),
            class: 0,
            kind: Kind::Text,
        });
        visitor.visit_str(word)
    }

    pub(super) fn unsigned<'de, V: Visitor<'de>>(
        &mut self,
        name: &'static str,
        max: u64,
        visit: impl FnOnce(u64) -> Result<V::Value, Refusal>,
    ) -> Result<V::Value, Refusal> {
        self.guide.asked(name);
        let answer = self.class::<V>(Kind::Unsigned)?;
        let drawn = scalars::unsigned(answer.class, self.guide.draw(), max);
        let fixed = self
            .guide
            .fixed(answer.place)
            .and_then(|text| text.parse().ok());
        let number = fixed.filter(|&number| number <= max).unwrap_or(drawn);
        self.guide.answered(answer.place, &number.to_string());
        let result = visit(number);
        self.settle::<V, _>(answer, result)
    }

    pub(super) fn signed<'de, V: Visitor<'de>>(
        &mut self,
        name: &'static str,
        (min, max): (i64, i64),
        visit: impl FnOnce(i64) -> Result<V::Value, Refusal>,
    ) -> Result<V::Value, Refusal> {
        self.guide.asked(name);
        let answer = self.class::<V>(Kind::Signed)?;
        let drawn = scalars::signed(answer.class, self.guide.draw(), min, max);
        let fixed = self
            .guide
            .fixed(answer.place)
            .and_then(|text| text.parse().ok());
        let number = fixed
            .filter(|number| (min..=max).contains(number))
            .unwrap_or(drawn);
        self.guide.answered(answer.place, &number.to_string());
        let result = visit(number);
        self.settle::<V, _>(answer, result)
    }

    pub(super) fn float<'de, V: Visitor<'de>>(
        &mut self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        self.guide.asked(name);
        let answer = self.class::<V>(Kind::Float)?;
        let result = visitor.visit_f64(scalars::float(answer.class, self.guide.draw()));
        self.settle::<V, _>(answer, result)
    }

    pub(super) fn bool<'de, V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Refusal> {
        self.guide.asked("bool");
        let answer = self.class::<V>(Kind::Bool)?;
        let result = visitor.visit_bool(answer.class == 1);
        self.settle::<V, _>(answer, result)
    }

    pub(super) fn char<'de, V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Refusal> {
        self.guide.asked("char");
        let answer = self.class::<V>(Kind::Char)?;
        let result = visitor.visit_char(scalars::char(answer.class, self.guide.draw()));
        self.settle::<V, _>(answer, result)
    }

    /// For a type that takes what it gets: one class after the other until it is content.
    pub(super) fn any<'de, V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Refusal> {
        self.guide.asked("any");
        if let Some(&words) = self.learned.words.get(&self.place) {
            return self.known_word(words, visitor);
        }
        let answer = self.class::<V>(Kind::Any)?;
        let drawn = self.guide.draw();
        let result = match answer.class {
            scalars::ANY_INTEGER => visitor.visit_u64(drawn % 100),
            scalars::ANY_NEGATIVE => visitor.visit_i64(scalars::signed(5, drawn, -99, 99)),
            scalars::ANY_FLOAT => visitor.visit_f64(scalars::float(2, drawn)),
            scalars::ANY_BOOL => visitor.visit_bool(drawn % 2 == 1),
            scalars::ANY_MAP => self.map(visitor),
            scalars::ANY_SEQUENCE => visitor.visit_seq(Items::of_any(self)),
            class if class < scalars::ANY_INTEGER => visitor.visit_str(&self.text_of(answer)),
            _ => UnitDeserializer::new().deserialize_any(visitor),
        };
        self.settle::<V, _>(answer, result)
    }

    /// A map of invented keys, or of those this place is known to want.
    pub(super) fn map<'de, V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Refusal> {
        let place = self.place;
        self.maps.push(place);
        let known = self.learned.keys.get(&place).cloned();
        let entries = match &known {
            Some(keys) => Entries::fields(self, keys),
            None => Entries::invented(self),
        };
        let result = visitor.visit_map(entries);
        self.place = place;
        if let Err(Refusal::MissingField(key)) = result
            && !self.explained
        {
            self.learn_key(place, key);
        }
        result
    }
}

fn visitor_key<V>(kind: Kind) -> u64 {
    fnv(fnv(0, type_name::<V>()), kind_name(kind))
}

fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "text",
        Kind::Unsigned => "unsigned",
        Kind::Signed => "signed",
        Kind::Float => "float",
        Kind::Bool => "bool",
        Kind::Char => "char",
        Kind::Any => "any",
    }
}

//! Which fields of a document nothing fills, and which are filled by several events.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::fold::View;
use crate::read_model::{KeyRule, ObservedBy, Observer};

/// Which fields of a view no event can fill, and which several can.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FieldReport {
    /// The view's name.
    pub view: &'static str,
    /// Fields that no fold writes, in their order: they are as `Default` has them for ever. None, if
    /// of some event it [is not known](Self::unknown).
    pub unfilled: Vec<&'static str>,
    /// Fields that the folds of more than one event write, in their order.
    pub shared: Vec<SharedField>,
    /// Events whose folds may write fields that are not told: they hand the whole document to
    /// another function.
    pub unknown: Vec<&'static str>,
}

/// A field that several events write.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SharedField {
    /// Its name.
    pub field: &'static str,
    /// The events, in the order they are observed.
    pub events: Vec<&'static str>,
}

/// Which fields of a view no event can fill, and which several can: for a test to look at, where a field
/// that is forgotten or one that is written twice would be a mistake.
///
/// It is told by the tokens of the folds alone: a field counts as written wherever it is not plainly
/// read.
///
/// ```
/// # use eventide::prelude::*;
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, AggregateId)]
/// # struct OrderId(u32);
/// # #[derive(Debug, Clone, Serialize, Deserialize, Event)]
/// # struct Placed;
/// # #[derive(Debug, Clone, Serialize, Deserialize, Event)]
/// # struct Paid {
/// #     amount: i64,
/// # }
/// # #[derive(Debug, Default, Clone, Aggregate)]
/// # #[aggregate(id = OrderId, error = String, events(Placed, Paid), commands())]
/// # struct Order;
/// # #[handlers]
/// # impl Order {
/// #     fn placed(&mut self, _: &Placed) {}
/// #     fn paid(&mut self, _: &Paid) {}
/// # }
/// #[derive(Debug, Default, Clone, Serialize, Deserialize, View)]
/// #[view(key = OrderId, observes(Order))]
/// struct Summary {
///     changes: u32,
///     paid: i64,
///     shipped: bool,
/// }
///
/// #[folds]
/// impl Summary {
///     fn placed(&mut self, _: &Placed) {
///         self.changes += 1;
///     }
///     fn paid(&mut self, event: &Paid) {
///         self.changes += 1;
///         self.paid += event.amount;
///     }
/// }
///
/// let report = eventide::view::field_report::<Summary>();
/// assert_eq!(report.unfilled, ["shipped"]);
/// assert_eq!(report.writers("changes"), ["Placed", "Paid"]);
/// assert_eq!(report.shared.len(), 1);
/// ```
pub fn field_report<V: View>() -> FieldReport {
    let mut writers = Writers::default();
    V::visit(&mut writers);
    let Writers { by_field, unknown } = writers;
    let is_unfilled = |field: &&&'static str| unknown.is_empty() && !by_field.contains_key(**field);
    let shared = V::FIELDS.iter().filter_map(|field| {
        let events = by_field.get(field)?;
        let events = (events.len() > 1).then(|| events.clone())?;
        Some(SharedField { field, events })
    });
    FieldReport {
        view: V::INFO.name,
        unfilled: V::FIELDS.iter().filter(is_unfilled).copied().collect(),
        shared: shared.collect(),
        unknown,
    }
}

impl FieldReport {
    /// The events that write a field which several write; none if it is not such a field.
    pub fn writers(&self, field: &str) -> &[&'static str] {
        let mut shared = self.shared.iter();
        let found = shared.find(|it| it.field == field);
        found.map_or(&[], |it| &it.events)
    }
}

impl fmt::Display for FieldReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "view `{}`", self.view)?;
        for field in &self.unfilled {
            writeln!(f, "  `{field}`: no event fills it")?;
        }
        for SharedField { field, events } in &self.shared {
            writeln!(f, "  `{field}`: {}", events.join(", "))?;
        }
        for event in &self.unknown {
            writeln!(f, "  event `{event}`: may fill any field")?;
        }
        Ok(())
    }
}

#[derive(Default)]
struct Writers {
    by_field: BTreeMap<&'static str, Vec<&'static str>>,
    unknown: Vec<&'static str>,
}

impl<V: View> Observer<V> for Writers {
    fn visit<A: ObservedBy<V>>(&mut self) {
        for (event, observed) in A::INFO.events.iter().zip(A::OBSERVED) {
            if observed.rule == KeyRule::Ignored {
                continue;
            }
            let fields: BTreeSet<_> = observed.writes.fields.iter().copied().collect();
            for field in fields {
                self.by_field.entry(field).or_default().push(event.name);
            }
            if observed.writes.may_be_others {
                self.unknown.push(event.name);
            }
        }
    }
}

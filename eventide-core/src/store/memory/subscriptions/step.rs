//! What happens with an append.

use std::collections::HashMap;

use jiff::Timestamp;

use super::ReadSide;
use crate::store::memory::desk::Holder;
use crate::store::memory::documents::Table;
use crate::store::{Advance, Answer, Question, RunningStep, StepError, StoreError};
use crate::subscription::{LeaseError, SubscriptionName};
use crate::view::ViewTable;

/// Who had the partitions that a step took over.
type Holders = Vec<(SubscriptionName, Holder)>;

impl ReadSide {
    /// Takes the step, or leaves all as it was.
    pub(in crate::store::memory) fn take(
        &mut self,
        step: RunningStep,
        now: Timestamp,
    ) -> Result<(), StepError> {
        let mut holders = Holders::new();
        let taken = step.run(|question| self.answer(question, now, &mut holders));
        let taken = taken.and_then(|advances| self.write_all(&advances, now));
        if taken.is_err() {
            for (name, holder) in holders.into_iter().rev() {
                if let Ok(desk) = self.desk(&name) {
                    desk.give_back(holder);
                }
            }
        }
        taken
    }

    fn answer(
        &mut self,
        question: Question,
        now: Timestamp,
        holders: &mut Holders,
    ) -> Result<Answer, StoreError> {
        Ok(match question {
            Question::Serving { view, version } => Answer::Serving(self.serving(view, version)),
            Question::TakeOver { name, worker, ttl } => {
                let desk = self.desk(&name)?;
                holders.extend(desk.holder().map(|holder| (name.clone(), holder)));
                Answer::TakenOver(desk.claim(&name, Some(0), &worker, (now, ttl)))
            }
            Question::Documents { table, keys } => {
                let table = self.table(&table)?;
                Answer::Documents(keys.iter().map(|key| table.get(key)).collect())
            }
            Question::Routes { name, streams } => {
                Answer::Routes(self.desk(&name)?.routes(&streams))
            }
            Question::Parked { name, keys } => {
                Answer::Parked(self.desk(&name)?.parked_among(&keys))
            }
        })
    }

    /// Writes what the step came to. All that can refuse comes before the first change.
    fn write_all(&mut self, advances: &[Advance], now: Timestamp) -> Result<(), StepError> {
        let of = |advance| move |error| StepError::of_advance(advance, error);
        let mut tried = HashMap::new();
        for advance in advances {
            let may = self.may_advance_after(advance, advances, &mut tried);
            may.map_err(of(advance))?;
        }
        for advance in advances {
            self.write(advance, now).map_err(of(advance))?;
        }
        Ok(())
    }

    /// Whether it may be written once those before it are. Where several write to one table, each is
    /// tried on a copy that has what those before it wrote.
    fn may_advance_after(
        &mut self,
        advance: &Advance,
        all: &[Advance],
        tried: &mut HashMap<String, Table>,
    ) -> Result<(), LeaseError> {
        let name = advance.table.as_ref().map(ViewTable::sql_name);
        let names = all
            .iter()
            .map(|it| it.table.as_ref().map(ViewTable::sql_name));
        let to_same = names.filter(|it| *it == name).count();
        let (Some(table), Some(name), 2..) = (&advance.table, name, to_same) else {
            return self.may_advance(advance);
        };
        self.leased(&advance.lease)?.may_write(&advance.lease)?;
        if !tried.contains_key(&name) {
            tried.insert(name.clone(), self.table(table)?.clone());
        }
        if let Some(copy) = tried.get_mut(&name) {
            copy.check_unique(&advance.documents)?;
            for write in &advance.documents {
                copy.write(write);
            }
        }
        Ok(())
    }
}

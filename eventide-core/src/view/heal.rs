//! Folding one document anew from the log.

use std::collections::HashSet;

use super::duty::subscription_of;
use super::folder::{Folded, Folder, NotFolded};
use super::page::Scope;
use super::query::decode_document;
use super::reads::Reads;
use super::retry::not_folded;
use super::{DocumentWrite, Rebuild, View, ViewKey};
use crate::envelope::RecordedEvent;
use crate::ids::Position;
use crate::read_model::parked::take_over;
use crate::read_model::run::Duty;
use crate::read_model::{ReadModelError, units};
use crate::store::{Advance, LogFilter, LogQuery, SubscriptionStore};
use crate::stream::StreamId;
use crate::subscription::{Claimed, LetterId, Slice};

/// How many letters are looked at together.
const LETTERS: u32 = 100;

/// What became of a document that was folded anew.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Healed {
    /// It was as it should be, and stays so.
    AsItWas,
    /// It was otherwise, and is now as the log says.
    Mended,
    /// An event of it cannot be folded. Nothing was changed.
    Fails {
        /// Which one.
        at: Position,
        /// Why, each cause on a line of its own.
        error: String,
    },
}

impl<V: View, S: Send + Sync + 'static> Rebuild<V, S> {
    /// Folds the document of one key anew from the log, and puts it in the place of the one that is
    /// kept: for a document that somebody changed by hand, or a key that is parked and can be folded
    /// by now. What was parked of the key, or dropped by a decision, is folded in its turn.
    ///
    /// It takes the key's partition over for that while: whoever works on it goes on afterwards.
    ///
    /// # Errors
    /// The view was never run on this store; an event cannot be read by this program; the store
    /// cannot do it now. Nothing is changed then.
    pub async fn heal(self, key: &V::Key) -> Result<Healed, ReadModelError> {
        let kept = self.kept()?;
        let serving = self.view.serving(kept).await?;
        let (name, text) = (subscription_of(&serving.table)?, key.to_text());
        let slice = Slice::of(&text);
        let claimed = take_over(kept, &name, slice, &self.options).await?;
        let lease = claimed.lease.clone();
        let folder = serving.work(false)?;
        let healed = self.heal_in(kept, folder, (&claimed, slice), &text).await;
        // What cannot be given back runs out.
        let _ = kept.release(&lease).await;
        healed
    }

    async fn heal_in(
        &self,
        kept: &dyn SubscriptionStore,
        mut folder: Folder<V, S>,
        (claimed, slice): (&Claimed, Slice),
        key: &str,
    ) -> Result<Healed, ReadModelError> {
        let lease = &claimed.lease;
        let mut marks = claimed.checkpoints.iter();
        let mark = marks.find(|at| at.slices.contains(slice));
        let until = mark.map_or(Position::START, |at| at.mark.position());
        let unit = units::of_key(key);
        folder.begin_anew(key);
        let mut write = DocumentWrite::delete(key.to_owned(), until);
        let mut query = LogQuery::after(Position::START)
            .filter(filter(&folder, key))
            .page(self.options.page);
        loop {
            let mut page = self.store.read_log(query.clone()).await?;
            page.events.retain(|event| event.position <= until);
            let done = folder.fold_key(kept, &page.events, &unit).await;
            let Folded {
                documents,
                parked,
                held,
                ..
            } = done.map_err(not_folded::<V>)?;
            if let Some(source) = held {
                let read_model = V::INFO.name;
                return Err(ReadModelError::Held { read_model, source });
            }
            if let Some(failed) = parked.into_iter().next() {
                let (at, error) = (failed.id.position, failed.error.unwrap_or_default());
                return Ok(Healed::Fails { at, error });
            }
            write = documents.into_iter().next_back().unwrap_or(write);
            if !page.more || page.next >= until {
                break;
            }
            query.from = Some(page.next);
            kept.renew(lease, self.options.lease).await?;
        }
        let table = folder.table;
        let before = kept.documents(&table, &[key.to_owned()]).await?;
        let before = before.into_iter().next().flatten();
        let letters = letters(kept, &lease.subscription, &unit).await?;
        let same = letters.is_empty()
            && match (&before, &write.content) {
                (None, None) => true,
                (Some(before), Some((now, _))) => {
                    // As values: a database may have written the JSON in its own way.
                    decode_document::<V>(before).is_ok()
                        && serde_json::from_slice::<serde_json::Value>(&before.json).ok()
                            == serde_json::from_slice(now).ok()
                }
                _ => false,
            };
        if same {
            return Ok(Healed::AsItWas);
        }
        let mut advance = Advance::new(lease.clone(), None);
        advance.table = Some(table);
        advance.documents = vec![write];
        advance.handled = letters;
        kept.advance(&advance).await?;
        Ok(Healed::Mended)
    }
}

impl<V: View, S: Send + Sync + 'static> Folder<V, S> {
    /// Folds what the page holds for one key.
    async fn fold_key(
        &mut self,
        store: &(impl Reads + ?Sized),
        page: &[RecordedEvent],
        unit: &str,
    ) -> Result<Folded, NotFolded> {
        let mut sorted = self.sort(store, page, Scope::All, HashSet::new()).await?;
        sorted.units.retain(|(of, _)| **of == *unit);
        self.fold_sorted(store, page, sorted, &HashSet::new()).await
    }
}

/// What to read for one key: of a view that is keyed by the aggregate's id and observes one, its
/// stream; else everything that the view observes.
fn filter<V: View, S: Send + Sync + 'static>(folder: &Folder<V, S>, key: &str) -> LogFilter {
    let mut filter = folder.decoders.filter();
    if let [aggregate] = V::INFO.observes
        && folder.decoders.is_keyed_by_aggregate()
    {
        filter.stream = StreamId::new(aggregate.name, key).ok();
    }
    filter
}

/// All that is parked of a key.
async fn letters(
    kept: &dyn SubscriptionStore,
    name: &crate::subscription::SubscriptionName,
    unit: &str,
) -> Result<Vec<LetterId>, ReadModelError> {
    let mut all = Vec::new();
    let mut after = Position::START;
    loop {
        let page = kept.letters(name, unit, after, LETTERS).await?;
        let Some(last) = page.last() else {
            return Ok(all);
        };
        after = last.id.position;
        all.extend(page.into_iter().map(|letter| letter.id));
    }
}

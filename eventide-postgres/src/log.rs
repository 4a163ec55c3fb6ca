//! Reading the whole log.

use eventide_core::store::{Density, Direction, LogPage, LogQuery, PageBuilder};
use eventide_core::{LogId, Position};
use tokio_postgres::types::{ToSql, Type};

use crate::error::Place;
use crate::link::{Rows, Session};
use crate::plan;
use crate::row::{Decoder, ReadError};
use crate::sql::{Schema, Sql, event_columns};
use crate::value::signed;

/// For each event that is wanted, so many are looked at, where most are thought to be.
const LOOKS: i64 = 4;

macro_rules! everything {
    ($rest:literal) => {
        concat!(
            "SELECT ",
            event_columns!(),
            " FROM @schema@.events e WHERE ",
            $rest
        )
    };
}

#[derive(Debug)]
pub(crate) struct Statements {
    schema: Schema,
    forwards: Sql,
    backwards: Sql,
    dense: Sql,
    head: Sql,
    id: Sql,
    density: Density,
}

impl Statements {
    pub(crate) fn new(schema: &Schema) -> Self {
        let page = |text| schema.sql(text, [Type::INT8, Type::INT8]);
        Self {
            forwards: page(everything!("e.position > $1 ORDER BY e.position LIMIT $2")),
            backwards: page(everything!(
                "e.position < $1 ORDER BY e.position DESC LIMIT $2"
            )),
            dense: schema.sql(
                everything!(
                    "e.position > $1 AND e.position <= $2 AND e.event_type = ANY ($3) \
                     ORDER BY e.position LIMIT $4"
                ),
                [Type::INT8, Type::INT8, Type::TEXT_ARRAY, Type::INT8],
            ),
            density: Density::default(),
            head: schema.sql(
                "SELECT e.position FROM @schema@.events e ORDER BY e.position DESC LIMIT 1",
                [],
            ),
            id: schema.sql("SELECT log_id FROM @schema@.log", []),
            schema: schema.clone(),
        }
    }

    /// Tells where the log ends, in one row, or none if it is empty.
    pub(crate) fn end(&self) -> Sql {
        self.head.clone()
    }

    /// All of them, each with the index it goes along.
    #[cfg(test)]
    pub(crate) fn all(&self) -> Vec<(Sql, &'static str)> {
        vec![
            (self.forwards.clone(), "events_position"),
            (self.backwards.clone(), "events_position"),
            (self.dense.clone(), "events_position"),
            (self.head.clone(), "events_position"),
        ]
    }

    /// The position of the last event; zero if there is none.
    pub(crate) async fn head(&self, session: &Session) -> Result<i64, ReadError> {
        let rows = session.rows(&self.head, &[]).await?;
        Ok(match rows.first() {
            Some(row) => row.try_get(0)?,
            None => 0,
        })
    }

    /// Which log it is.
    pub(crate) async fn id(&self, session: &Session, place: &Place) -> Result<LogId, ReadError> {
        let rows = session.rows(&self.id, &[]).await?;
        match rows.first() {
            Some(row) => Ok(LogId::from_uuid(row.try_get(0)?)),
            None => Err(place.damaged("the log's identity", "it is missing").into()),
        }
    }

    pub(crate) async fn read(
        &self,
        session: &Session,
        place: &Place,
        query: &LogQuery,
    ) -> Result<LogPage, ReadError> {
        if plan::is_everything(&query.filter) {
            return self.everything(session, place, query).await;
        }
        let mut page = None;
        if plan::is_of_types(&query.filter) && self.density.is_high(query) {
            page = self.mostly_wanted(session, place, query).await?;
        }
        let page = match page {
            Some(page) => page,
            None => self.wanted(session, place, query).await?,
        };
        self.density.found(query, &page);
        Ok(page)
    }

    /// A page of those types that is found by looking at everything, if it is full soon.
    async fn mostly_wanted(
        &self,
        session: &Session,
        place: &Place,
        query: &LogQuery,
    ) -> Result<Option<LogPage>, ReadError> {
        let from = query.from.map_or(0, |from| signed(from.as_raw()));
        let limit = signed(query.page.get() as u64 + 1);
        let until = from.saturating_add(limit.saturating_mul(LOOKS));
        let types = &query.filter.event_types;
        let params: [&(dyn ToSql + Sync); _] = [&from, &until, types, &limit];
        let rows = session.stream(&self.dense, &params).await?;
        let mut page = PageBuilder::new(query.page.get());
        let more = Decoder::new(place, 0)
            .fill(&mut page, rows, |_| Ok(()))
            .await?;
        // What is behind the last one was not looked at, so nothing is known of the log's end.
        let last = page.last().map(|event| event.position);
        Ok(last.filter(|_| more).map(|next| LogPage {
            events: page.into_events(),
            next,
            more,
        }))
    }

    async fn everything(
        &self,
        session: &Session,
        place: &Place,
        query: &LogQuery,
    ) -> Result<LogPage, ReadError> {
        let from = query.from.map(|from| signed(from.as_raw()));
        let (sql, from) = match query.direction {
            Direction::Forwards => (&self.forwards, from.unwrap_or(0)),
            Direction::Backwards => (&self.backwards, from.unwrap_or(i64::MAX)),
        };
        // One beyond the page tells whether there is more.
        let limit = signed(query.page.get() as u64 + 1);
        let rows = session.stream(sql, &[&from, &limit]).await?;
        let mut page = PageBuilder::new(query.page.get());
        let more = Decoder::new(place, 0)
            .fill(&mut page, rows, |_| Ok(()))
            .await?;
        // All there is after `from` was seen, in one instant: the last one is the head.
        let last = page.last().map(|event| event.position);
        let next = match query.direction {
            Direction::Forwards => last.or(query.from).unwrap_or(Position::START),
            Direction::Backwards => last.filter(|_| more).unwrap_or(Position::START),
        };
        Ok(LogPage {
            events: page.into_events(),
            next,
            more,
        })
    }

    async fn wanted(
        &self,
        session: &Session,
        place: &Place,
        query: &LogQuery,
    ) -> Result<LogPage, ReadError> {
        let plan = plan::filtered(&self.schema, query);
        let rows = session.stream(&plan.sql, &plan.params()).await?;
        let mut page = PageBuilder::new(query.page.get());
        let mut bounds = Bounds::default();
        let beyond = Decoder::new(place, 4)
            .fill(&mut page, rows, |row| {
                bounds = Bounds {
                    head: row.try_get(0)?,
                    after: row.try_get(1)?,
                    before: row.try_get(2)?,
                    cut: row.try_get(3)?,
                };
                Ok(())
            })
            .await?;
        let raw = |position: i64| Position::from_raw(position.unsigned_abs());
        let last = page.last().map(|event| event.position);
        let next = match (last.filter(|_| beyond), query.direction) {
            (Some(last), _) => last,
            (None, Direction::Forwards) if bounds.cut => raw(bounds.before - 1),
            (None, Direction::Backwards) if bounds.cut => raw(bounds.after + 1),
            (None, Direction::Forwards) => raw(bounds.head).max(query.from.unwrap_or_default()),
            (None, Direction::Backwards) => Position::START,
        };
        Ok(LogPage {
            events: page.into_events(),
            next,
            more: beyond || bounds.cut,
        })
    }
}

/// What the statement said of where it looked.
#[derive(Debug, Default)]
struct Bounds {
    head: i64,
    after: i64,
    before: i64,
    cut: bool,
}

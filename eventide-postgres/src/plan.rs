//! How a filter becomes SQL: one index gives candidates in the order of the log, the conditions it
//! does not cover are checked on each. No plan sorts what matches, so a page costs what it holds.

use eventide_core::store::{Direction, LogFilter, LogQuery};
use tokio_postgres::types::{ToSql, Type};

use crate::sql::{Schema, Sql, event_columns};
use crate::value::{Micros, signed};

/// Up to this many event types are merged from the index on types; with more, most of the log is
/// wanted anyway, and it is scanned.
const MERGED_TYPES: usize = 16;

/// A read whose filter no index covers looks at so many positions and no further, so that none
/// takes long; the next one goes on from there.
const WINDOW: i64 = 50_000;

/// A statement for a page, and its parameters.
pub(crate) struct Plan {
    pub(crate) sql: Sql,
    params: Vec<Box<dyn ToSql + Sync + Send>>,
}

impl Plan {
    pub(crate) fn params(&self) -> Vec<&(dyn ToSql + Sync)> {
        let params = self.params.iter();
        params
            .map(|param| &**param as &(dyn ToSql + Sync))
            .collect()
    }
}

/// Whether `filter` wants everything.
pub(crate) fn is_everything(filter: &LogFilter) -> bool {
    *filter == LogFilter::default()
}

/// Whether `filter` wants all events of some types, and nothing else of them.
pub(crate) fn is_of_types(filter: &LogFilter) -> bool {
    let types = LogFilter {
        event_types: filter.event_types.clone(),
        ..LogFilter::default()
    };
    !filter.event_types.is_empty() && *filter == types
}

/// Rows of head, after, before and cut (see `bounds` in the schema), and the columns of an event.
pub(crate) fn filtered(schema: &Schema, query: &LogQuery) -> Plan {
    let order = match query.direction {
        Direction::Forwards => "ASC",
        Direction::Backwards => "DESC",
    };
    let filter = &query.filter;
    let mut types = filter.event_types.clone();
    types.sort_unstable();
    types.dedup();
    let merges = (1..=MERGED_TYPES).contains(&types.len());
    let covered = match (filter.stream.is_some(), filter.tags.len()) {
        (true, _) => types.is_empty() && filter.tags.is_empty(),
        (false, 0) => merges && filter.aggregate_type.is_none(),
        (false, tags) => tags == 1 && types.is_empty() && filter.aggregate_type.is_none(),
    };
    let mut params = Params::default();
    let forwards = params.add(query.direction == Direction::Forwards, Type::BOOL);
    let from = params.add(query.from.map(|from| signed(from.as_raw())), Type::INT8);
    let time = |time: Option<_>| time.map(Micros::at_or_after);
    let recorded_from = params.add(time(filter.recorded_from), Type::TIMESTAMPTZ);
    let recorded_before = params.add(time(filter.recorded_before), Type::TIMESTAMPTZ);
    let window = params.add((!covered).then_some(WINDOW), Type::INT8);
    let limit = params.add(signed(query.page.get() as u64 + 1), Type::INT8);
    let candidates = if let Some(stream) = &filter.stream {
        let kind = params.add(stream.aggregate_type().to_owned(), Type::TEXT);
        let id = params.add(stream.aggregate_id().to_owned(), Type::TEXT);
        let by_type = params.type_in(types);
        let by_tags = params.tagged(filter, 0);
        // A filter may ask for a stream and for an aggregate of another type.
        let by_aggregate = params.aggregate_type(filter);
        format!(
            "SELECT e.* FROM @schema@.events e \
             WHERE e.aggregate_type = {kind} AND e.aggregate_id = {id} \
             AND e.version >= @schema@.first_version({kind}, {id}, b.after + 1) \
             AND e.version < @schema@.first_version({kind}, {id}, b.before)\
             {by_type}{by_tags}{by_aggregate} ORDER BY e.version {order} LIMIT {limit}"
        )
    } else if let Some(tag) = filter.tags.first() {
        let tag = params.add(tag.as_str().to_owned(), Type::TEXT);
        let by_type = params.type_in(types);
        let by_aggregate = params.aggregate_type(filter);
        let by_tags = params.tagged(filter, 1);
        format!(
            "SELECT e.* FROM (SELECT t.position FROM @schema@.event_tags t WHERE t.tag = {tag} \
             AND t.position > b.after AND t.position < b.before ORDER BY t.position {order}) t \
             CROSS JOIN LATERAL (SELECT * FROM @schema@.events e \
             WHERE e.position = t.position{by_type}{by_aggregate}{by_tags} OFFSET 0) e \
             LIMIT {limit}"
        )
    } else if merges {
        let by_aggregate = params.aggregate_type(filter);
        let arms: Vec<_> = types
            .into_iter()
            .map(|name| {
                let name = params.add(name, Type::TEXT);
                format!(
                    "(SELECT e.* FROM @schema@.events e WHERE e.event_type = {name} \
                     AND e.position > b.after AND e.position < b.before{by_aggregate} \
                     ORDER BY e.position {order})"
                )
            })
            .collect();
        let arms = arms.join(" UNION ALL ");
        format!("SELECT e.* FROM ({arms}) e ORDER BY e.position {order} LIMIT {limit}")
    } else {
        let by_type = params.type_in(types);
        let by_aggregate = params.aggregate_type(filter);
        format!(
            "SELECT e.* FROM @schema@.events e WHERE e.position > b.after \
             AND e.position < b.before{by_type}{by_aggregate} \
             ORDER BY e.position {order} LIMIT {limit}"
        )
    };
    let text = format!(
        "SELECT b.head, b.after, b.before, b.cut, {} FROM \
         @schema@.bounds({forwards}, {from}, {recorded_from}, {recorded_before}, {window}) b \
         LEFT JOIN LATERAL ({candidates}) e ON true",
        event_columns!()
    );
    Plan {
        sql: Sql {
            text: schema.put_into(&text),
            types: params.types,
        },
        params: params.values,
    }
}

/// The parameters of a statement under construction.
#[derive(Default)]
struct Params {
    values: Vec<Box<dyn ToSql + Sync + Send>>,
    types: Vec<Type>,
}

impl Params {
    fn add(&mut self, value: impl ToSql + Sync + Send + 'static, kind: Type) -> String {
        self.values.push(Box::new(value));
        self.types.push(kind);
        format!("${}", self.values.len())
    }

    /// One parameter however many there are: the text of the statement stays the same.
    fn type_in(&mut self, types: Vec<String>) -> String {
        if types.is_empty() {
            return String::new();
        }
        let types = self.add(types, Type::TEXT_ARRAY);
        format!(" AND e.event_type = ANY ({types})")
    }

    fn aggregate_type(&mut self, filter: &LogFilter) -> String {
        let Some(name) = filter.aggregate_type.clone() else {
            return String::new();
        };
        let name = self.add(name, Type::TEXT);
        format!(" AND e.aggregate_type = {name}")
    }

    fn tagged(&mut self, filter: &LogFilter, skip: usize) -> String {
        let tags: Vec<String> = filter
            .tags
            .iter()
            .skip(skip)
            .map(|tag| tag.as_str().to_owned())
            .collect();
        if tags.is_empty() {
            return String::new();
        }
        let tags = self.add(tags, Type::TEXT_ARRAY);
        format!(" AND e.tags @> {tags}")
    }
}

#[cfg(test)]
mod tests;

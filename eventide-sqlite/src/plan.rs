//! How a filter becomes SQL: one index gives candidates in the order of the log, the conditions it
//! does not cover are checked on each. No plan sorts what matches, so a page costs what it holds.

use eventide_core::store::{Direction, LogFilter, LogQuery};
use rusqlite::types::Value;

use crate::bounds::Bounds;

/// Up to this many event types are merged from the index on types; with more, most of the log is
/// wanted anyway, and it is scanned.
const MERGED_TYPES: usize = 16;

/// A query for candidates: rows of a position and whether it is wanted.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) sql: String,
    pub(crate) params: Vec<Value>,
}

/// Whether `filter` wants everything between its bounds.
pub(crate) fn is_everything(filter: &LogFilter) -> bool {
    filter.stream.is_none()
        && filter.event_types.is_empty()
        && filter.aggregate_type.is_none()
        && filter.tags.is_empty()
}

/// Whether `filter` wants all events of some types, and nothing else of them.
pub(crate) fn is_of_types(filter: &LogFilter) -> bool {
    let types = LogFilter {
        event_types: filter.event_types.clone(),
        ..LogFilter::default()
    };
    !filter.event_types.is_empty() && *filter == types
}

/// Candidates for `query` within `bounds`, which are versions if the filter names a stream, and
/// positions otherwise.
pub(crate) fn candidates(query: &LogQuery, bounds: Bounds) -> Plan {
    let order = match query.direction {
        Direction::Forwards => "ASC",
        Direction::Backwards => "DESC",
    };
    let mut types: Vec<&str> = query
        .filter
        .event_types
        .iter()
        .map(String::as_str)
        .collect();
    types.sort_unstable();
    types.dedup();
    let filter = &query.filter;
    let mut params = Params(vec![bounds.after.into(), bounds.before.into()]);
    let sql = if let Some(stream) = &filter.stream {
        let by_type = params.type_in(&types);
        let by_tags = params.tagged(filter, 0, "position");
        let wanted = all([by_type, by_tags]);
        let aggregate_type = params.text(stream.aggregate_type());
        let aggregate_id = params.text(stream.aggregate_id());
        format!(
            "SELECT position, {wanted} FROM events WHERE aggregate_type = {aggregate_type} \
             AND aggregate_id = {aggregate_id} AND version > ?1 AND version < ?2 \
             ORDER BY version {order}"
        )
    } else if let Some(tag) = filter.tags.first() {
        let by_type = params.type_in(&types);
        let by_aggregate = params.aggregate_type(filter);
        let by_tags = params.tagged(filter, 1, "tagged.position");
        let wanted = all([by_type, by_aggregate, by_tags]);
        let tag = params.text(tag.as_str());
        format!(
            "SELECT tagged.position, {wanted} FROM event_tags AS tagged \
             CROSS JOIN events ON events.position = tagged.position WHERE tagged.tag = {tag} \
             AND tagged.position > ?1 AND tagged.position < ?2 ORDER BY tagged.position {order}"
        )
    } else if (1..=MERGED_TYPES).contains(&types.len()) {
        let wanted = all([params.aggregate_type(filter)]);
        let arms: Vec<_> = types
            .iter()
            .map(|name| {
                let name = params.text(name);
                format!(
                    "SELECT position, {wanted} FROM events INDEXED BY events_by_type \
                     WHERE event_type = {name} AND position > ?1 AND position < ?2"
                )
            })
            .collect();
        format!("{} ORDER BY position {order}", arms.join(" UNION ALL "))
    } else {
        let by_type = params.type_in(&types);
        let by_aggregate = params.aggregate_type(filter);
        let wanted = all([by_type, by_aggregate]);
        format!(
            "SELECT position, {wanted} FROM events WHERE position > ?1 AND position < ?2 \
             ORDER BY position {order}"
        )
    };
    Plan {
        sql,
        params: params.0,
    }
}

/// The parameters of a query under construction.
struct Params(Vec<Value>);

impl Params {
    fn text(&mut self, text: &str) -> String {
        self.0.push(Value::Text(text.to_owned()));
        format!("?{}", self.0.len())
    }

    fn type_in(&mut self, types: &[&str]) -> Option<String> {
        if types.is_empty() {
            return None;
        }
        // One parameter however many there are: the text of the query stays the same.
        let list = serde_json::Value::from(types).to_string();
        let list = self.text(&list);
        Some(format!(
            "event_type IN (SELECT value FROM json_each({list}))"
        ))
    }

    fn aggregate_type(&mut self, filter: &LogFilter) -> Option<String> {
        let name = self.text(filter.aggregate_type.as_deref()?);
        Some(format!("aggregate_type = {name}"))
    }

    fn tagged(&mut self, filter: &LogFilter, skip: usize, position: &str) -> Option<String> {
        let conditions: Vec<_> = filter
            .tags
            .iter()
            .skip(skip)
            .map(|tag| {
                let tag = self.text(tag.as_str());
                format!("({tag}, {position}) IN event_tags")
            })
            .collect();
        (!conditions.is_empty()).then(|| conditions.join(" AND "))
    }
}

fn all<const N: usize>(conditions: [Option<String>; N]) -> String {
    let conditions: Vec<_> = conditions.into_iter().flatten().collect();
    if conditions.is_empty() {
        "1".to_owned()
    } else {
        conditions.join(" AND ")
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may fail by panicking")]
mod tests {
    use eventide_core::store::{Direction, LogFilter, LogQuery};
    use eventide_core::{StreamId, Tag};
    use rusqlite::Connection;

    use super::{Bounds, candidates};
    use crate::migrate::migrate;
    use crate::{log, stream};

    /// What SQLite would do, step by step.
    fn steps(conn: &Connection, sql: &str) -> Vec<String> {
        let mut explain = conn.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let rows = explain.raw_query().mapped(|row| row.get(3));
        rows.collect::<Result<_, _>>().unwrap()
    }

    fn assert_plan(conn: &Connection, sql: &str, by: &str) {
        let steps = steps(conn, sql);
        assert!(
            steps.iter().any(|step| step.contains(by)),
            "{sql}: {steps:#?}"
        );
        // It may sort nothing, and read neither a whole table nor a whole index.
        for step in &steps {
            let fine = !step.contains("TEMP B-TREE")
                && (!step.starts_with("SCAN") || step.contains("json_each"));
            assert!(fine, "{sql}: {steps:#?}");
        }
    }

    fn database() -> Connection {
        let conn = Connection::open_in_memory().unwrap();
        migrate(&conn).unwrap();
        conn
    }

    #[test]
    fn every_filter_goes_along_an_index_in_order() {
        let conn = database();
        let tags: Vec<_> = ["a:1", "b:2"].map(|tag| Tag::parse(tag).unwrap()).to_vec();
        let types = |n: usize| (0..n).map(|n| format!("Type{n}")).collect::<Vec<_>>();
        let narrow = LogFilter {
            aggregate_type: Some("Order".to_owned()),
            ..LogFilter::default()
        };
        let by_rowid = "USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)";
        let by_type = "events_by_type (event_type=? AND rowid>? AND rowid<?)";
        let by_stream = "(aggregate_type=? AND aggregate_id=? AND version>? AND version<?)";
        let by_tag = "SEARCH tagged USING PRIMARY KEY (tag=? AND position>? AND position<?)";
        for (n, index) in [
            (0, by_rowid),
            (1, by_type),
            (2, by_type),
            (16, by_type),
            (17, by_rowid),
        ] {
            let of_types = LogFilter {
                event_types: types(n),
                ..LogFilter::default()
            };
            for filter in [&of_types, &narrow] {
                let by_types = LogFilter {
                    event_types: of_types.event_types.clone(),
                    ..filter.clone()
                };
                let by_stream_and = LogFilter {
                    stream: Some(StreamId::new("Order", "a").unwrap()),
                    tags: tags.clone(),
                    ..by_types.clone()
                };
                let by_tags_and = LogFilter {
                    tags: tags.clone(),
                    ..by_types.clone()
                };
                for (filter, index) in [
                    (by_types, index),
                    (by_stream_and, by_stream),
                    (by_tags_and, by_tag),
                ] {
                    for direction in [Direction::Forwards, Direction::Backwards] {
                        let query = LogQuery {
                            direction,
                            ..LogQuery::default().filter(filter.clone())
                        };
                        let (after, before) = (0, 1_000_000);
                        let plan = candidates(&query, Bounds { after, before });
                        assert_plan(&conn, &plan.sql, index);
                    }
                }
            }
        }
    }

    #[test]
    fn pages_go_along_an_index_in_order() {
        let conn = database();
        for (sql, index) in [
            (stream::FORWARDS, "(aggregate_type=? AND aggregate_id=?"),
            (stream::BACKWARDS, "(aggregate_type=? AND aggregate_id=?"),
            (log::EVERYTHING_FORWARDS, "INTEGER PRIMARY KEY"),
            (log::EVERYTHING_BACKWARDS, "INTEGER PRIMARY KEY"),
            (log::ONE, "INTEGER PRIMARY KEY"),
        ] {
            assert_plan(&conn, sql, index);
        }
    }
}

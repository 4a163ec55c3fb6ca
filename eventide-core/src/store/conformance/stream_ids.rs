//! Every address is a stream of its own.

use super::reading::{self, log_by};
use super::samples::{append, events, part, put};
use super::trial::Trial;
use super::unmet::{Met, Unmet, same, same_events};
use crate::ids::Version;
use crate::store::{AppendRequest, ExpectedVersion, LogFilter, LogQuery};
use crate::stream::StreamId;

pub(super) async fn stream_ids_are_kept(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let longest = "é".repeat(StreamId::MAX_PART_BYTES / 2);
    let addresses = [
        ("Order", "a/b c%20d?e=f&g#h"),
        ("Order/Line", "\"quoted\" 'single' `back` \\ ; --"),
        (" Order ", " "),
        ("Заказ", "日本 🚚 𝄞 e\u{301} \u{200b}"),
        ("%", "_"),
        ("0", "00"),
        (longest.as_str(), longest.as_str()),
    ];
    for (aggregate_type, aggregate_id) in addresses {
        let order = StreamId::new(aggregate_type, aggregate_id)?;
        let request = AppendRequest::to(part(&order, ExpectedVersion::NO_STREAM, events(2)));
        let appended = store.append(request.clone()).await?;
        reading::holds(&store, &request, &appended).await?;
    }
    Ok(())
}

pub(super) async fn similar_streams_are_told_apart(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let addresses = [
        ("Order", "a"),
        ("order", "a"),
        ("Order", "A"),
        ("Order", "a "),
        ("Order", " a"),
        ("Order", "%"),
        ("Order", "_"),
        ("Order", "1"),
        ("Order", "01"),
        ("Order", "1.0"),
        ("Order", "é"),
        ("Order", "e\u{301}"),
        ("a/b", "c"),
        ("a", "b/c"),
        ("a-b", "c"),
        ("a", "b-c"),
        ("a:b", "c"),
        ("a", "b:c"),
        ("a b", "c"),
        ("a", "b c"),
        ("ab", "c"),
        ("a", "bc"),
    ];
    let streams = addresses.map(|(kind, id)| StreamId::new(kind, id));
    let streams = streams.into_iter().collect::<Result<Vec<_>, _>>()?;
    for stream in &streams {
        let first = part(stream, ExpectedVersion::NO_STREAM, events(1));
        append(&store, [first]).await.map_err(|error| {
            Unmet::violated(format!("the first append to {stream:?} failed: {error}"))
        })?;
    }
    for stream in &streams {
        put(&store, stream, events(1)).await?;
    }
    for stream in &streams {
        let version = store.stream_version(stream).await?;
        same(format!("version of {stream:?}"), version, Version::new(2))?;
        let events = reading::stream(&store, stream).await?;
        same(format!("events of {stream:?}"), events.len(), 2)?;
        let filter = LogFilter {
            stream: Some(stream.clone()),
            ..LogFilter::default()
        };
        let in_log = log_by(&store, LogQuery::default().filter(filter)).await?;
        same_events(format_args!("{stream:?} in the log"), &in_log, &events)?;
    }
    Ok(())
}

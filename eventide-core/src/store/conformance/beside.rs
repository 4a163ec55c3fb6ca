//! Several stores on one storage, as in several processes.

use super::following::{WRITTEN, follows};
use super::reading::{self, holds};
use super::samples::{append, caused, command, events, exactly, part, put, stream};
use super::schema_versions::{are_seen, shaped};
use super::trial::{Trial, together};
use super::unmet::{Met, ensure, same};
use crate::ids::Version;
use crate::store::{AppendError, AppendRequest, ExpectedVersion, LogFilter};

pub(super) async fn stores_on_one_storage_see_each_others_appends(trial: &Trial<'_>) -> Met {
    let stores = [trial.open().await?, trial.open_beside().await?];
    let order = stream("536365")?;
    let [a, b] = &stores;
    for (round, (writer, reader)) in [(a, b), (b, a), (b, a), (a, b)].into_iter().enumerate() {
        let before = reader.head().await?;
        let part = caused(&order, exactly(2 * round as u64), &[(command(), 2)]);
        let request = AppendRequest::to(part);
        let appended = writer.append(request.clone()).await?;
        holds(reader, &request, &appended).await?;
        let version = Version::new(2 * round as u64 + 2);
        same(
            "version beside",
            reader.stream_version(&order).await?,
            version,
        )?;
        same("head beside", reader.head().await?, writer.head().await?)?;
        ensure(
            reader.head().await? > before,
            || "the head beside does not move",
        )?;
    }
    Ok(())
}

pub(super) async fn stores_on_one_storage_guard_each_others_versions(trial: &Trial<'_>) -> Met {
    let stores = [trial.open().await?, trial.open_beside().await?];
    let order = stream("536365")?;
    for version in 0..12 {
        let attempts = stores.iter().cycle().take(8).map(|store| {
            let (store, attempt) = (store.clone(), part(&order, exactly(version), events(1)));
            async move { append(&store, [attempt]).await }
        });
        let mut winners = 0;
        for answer in together(attempts).await? {
            match answer {
                Ok(_) => winners += 1,
                Err(AppendError::Conflict { .. }) => {}
                Err(other) => return Err(other.into()),
            }
        }
        same(
            format!("appends that went through at version {version}"),
            winners,
            1,
        )?;
    }
    for store in &stores {
        same(
            "events in the end",
            reading::stream(store, &order).await?.len(),
            12,
        )?;
    }
    Ok(())
}

pub(super) async fn stores_on_one_storage_know_each_others_commands(trial: &Trial<'_>) -> Met {
    let stores = [trial.open().await?, trial.open_beside().await?];
    let order = stream("536365")?;
    for _ in 0..8 {
        let id = command();
        let attempts = stores.iter().cycle().take(4).map(|store| {
            let attempt = caused(&order, ExpectedVersion::Any, &[(id, 1)]);
            let store = store.clone();
            async move { append(&store, [attempt]).await }
        });
        let mut winners = 0;
        for answer in together(attempts).await? {
            match answer {
                Ok(_) => winners += 1,
                Err(AppendError::AlreadyHandled(_)) => {}
                Err(other) => return Err(other.into()),
            }
        }
        same("racing appends that were stored", winners, 1)?;
        for store in &stores {
            same(
                "known commands",
                store.handled_commands(&[id]).await?.len(),
                1,
            )?;
        }
    }
    Ok(())
}

pub(super) async fn stores_on_one_storage_see_each_others_versions(trial: &Trial<'_>) -> Met {
    let stores = [trial.open().await?, trial.open_beside().await?];
    let order = stream("536365")?;
    let mut expected = Vec::new();
    for version in 1..=3 {
        // The second writer of a version must not stumble over the first.
        for writer in &stores {
            let shape = ("LineAdded", version);
            put(writer, &order, shaped(&[shape])).await?;
            if !expected.contains(&shape) {
                expected.push(shape);
            }
            for store in &stores {
                are_seen(store, "Order", &expected).await?;
            }
        }
    }
    Ok(())
}

pub(super) async fn stores_on_one_storage_agree_on_its_identity(trial: &Trial<'_>) -> Met {
    let [a, b] = [trial.open().await?, trial.open_beside().await?];
    same("identity beside", b.log_id().await?, a.log_id().await?)
}

pub(super) async fn a_live_reader_sees_the_appends_of_all_stores(trial: &Trial<'_>) -> Met {
    let stores = [trial.open().await?, trial.open_beside().await?];
    follows(&stores, LogFilter::default()).await?;
    for store in &stores {
        let log = reading::log(store).await?;
        same("events in the log", log.len(), WRITTEN)?;
        ensure(
            log.is_sorted_by_key(|event| event.recorded_at),
            || "the recorded time decreases along the log",
        )?;
    }
    Ok(())
}

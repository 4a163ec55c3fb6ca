//! Handled commands are taken in as another log has them.

use super::foreign::{handled, import, plain, sample};
use super::reading;
use super::samples::{append, caused, command, stream};
use super::trial::Trial;
use super::unmet::{Met, Unmet, ensure, same};
use crate::ids::CommandId;
use crate::store::transfer::ImportError;
use crate::store::{AppendError, ExpectedVersion};

const ANY: ExpectedVersion = ExpectedVersion::Any;

pub(super) async fn imported_commands_are_known(trial: &Trial<'_>) -> Met {
    let store = trial.open_for_transfer().await?;
    let (a, b) = (stream("a")?, stream("b")?);
    import(&store, &sample(&a, &b)?).await?;
    let ids = [command(), command(), command()];
    let [acted, idle, elsewhere] = ids;
    let commands = vec![
        handled(elsewhere, &b, 1, 1, Some(70_001)),
        handled(acted, &a, 1, 2, Some(70_000)),
        handled(idle, &a, 3, 0, None),
    ];
    let mut expected = commands.clone();
    expected.rotate_left(1);
    store.import_commands(commands).await?;
    same(
        "known commands",
        store.handled_commands(&ids).await?,
        expected.clone(),
    )?;
    let store = plain(&store);
    for (id, known) in ids.into_iter().zip(expected) {
        match append(&store, [caused(&a, ANY, &[(id, 1)])]).await {
            Err(AppendError::AlreadyHandled(first)) => same("first result", first, vec![known])?,
            other => {
                return Err(Unmet::violated(format!(
                    "a repeated command gave {other:?}"
                )));
            }
        }
    }
    Ok(())
}

pub(super) async fn a_command_is_imported_with_one_result(trial: &Trial<'_>) -> Met {
    let store = trial.open_for_transfer().await?;
    let (a, b) = (stream("a")?, stream("b")?);
    import(&store, &sample(&a, &b)?).await?;
    let (id, new) = (command(), command());
    let known = handled(id, &a, 1, 2, Some(70_000));
    let idle = handled(new, &a, 3, 0, None);
    for _ in 0..2 {
        store.import_commands(vec![known.clone()]).await?;
    }
    let others = [
        handled(id, &b, 1, 2, Some(70_000)),
        handled(id, &a, 0, 2, Some(70_000)),
        handled(id, &a, 1, 1, Some(70_000)),
        handled(id, &a, 1, 2, Some(9)),
        handled(id, &a, 1, 2, None),
    ];
    for other in others {
        let refused = store
            .import_commands(vec![idle.clone(), other.clone()])
            .await;
        let named = match refused {
            Err(ImportError::AnotherResult { known, given }) => Some((*known, *given)),
            _ => None,
        };
        same("results named", named, Some((known.clone(), other)))?;
        let there = store.handled_commands(&[id, new]).await?;
        same("known commands", there, vec![known.clone()])?;
    }
    store
        .import_commands(vec![known.clone(), idle.clone()])
        .await?;
    let there = store.handled_commands(&[id, new]).await?;
    same("known commands", there, vec![known, idle])
}

pub(super) async fn pages_of_commands_cover_all(trial: &Trial<'_>) -> Met {
    let store = trial.open_for_transfer().await?;
    let order = stream("536365")?;
    let mut expected = Vec::new();
    for round in 0..5_u64 {
        // Ids that were made in another order than they sort in.
        let id = CommandId::derived("conformance", &round.to_string());
        append(
            &plain(&store),
            [caused(&order, ANY, &[(id, 1), (id.nth(1), 0)])],
        )
        .await?;
        let imported = handled(id.nth(2), &order, round, 0, None);
        store.import_commands(vec![imported]).await?;
        let ids = [id, id.nth(1), id.nth(2)];
        expected.extend(store.handled_commands(&ids).await?);
    }
    expected.sort_by_key(|command| command.id);
    same("handled commands", expected.len(), 15)?;
    for size in reading::page_sizes(expected.len()) {
        let (mut read, mut after) = (Vec::new(), None);
        loop {
            let page = store.commands_after(after, size).await?;
            ensure(page.len() <= size.get(), || {
                format!(
                    "a page of {} commands, asked for {}",
                    page.len(),
                    size.get()
                )
            })?;
            if let Some(last) = page.last() {
                ensure(after.is_none_or(|after| last.id > after), || {
                    format!("a page after {after:?} ends at {}", last.id)
                })?;
                after = Some(last.id);
            }
            let more = page.len() == size.get();
            read.extend(page);
            if !more {
                break;
            }
        }
        same(format!("commands by {}", size.get()), &read, &expected)?;
    }
    Ok(())
}

//! Moving the shop to another store.

use std::io::{self, Write};

use anyhow::Context;
use eventide::store::transfer::{self, CopyOptions, Stage};
use serde_json::json;

use crate::progress::Progress;

/// Copies the log at one address to another, with its positions and handled commands, and verifies
/// the copy. Interrupted, it is taken up again.
pub async fn run(from: &str, to: &str, json: bool) -> anyhow::Result<()> {
    let source = eventide::open_for_transfer(from).await;
    let source = source.context("the store to copy")?;
    let target = eventide::open_for_transfer(to).await;
    let target = target.context("the store to copy to")?;
    let mut shown: Option<(Stage, u64, Progress)> = None;
    let mut report = |now: transfer::Progress| {
        let (stage, done, bar) = match shown.take() {
            Some(shown) if shown.0 == now.stage => shown,
            _ => (
                now.stage,
                0,
                Progress::new(name(now.stage), now.total.unwrap_or_default()),
            ),
        };
        bar.advance(now.done.saturating_sub(done));
        shown = Some((stage, now.done, bar));
    };
    let copied = transfer::copy(&source, &target, CopyOptions::default(), &mut report).await?;
    drop(shown);
    source.close().await?;
    target.close().await?;
    let out = &mut io::stdout().lock();
    let verified = copied.verified.map_or(0, |verified| verified.events);
    if json {
        let figures = json!({
            "events": copied.events, "commands": copied.commands, "verified": verified,
            "until": copied.until.as_raw(), "caught_up": copied.caught_up,
        });
        writeln!(out, "{figures}")?;
        return Ok(());
    }
    writeln!(
        out,
        "{:>9} events copied, up to position {}",
        copied.events, copied.until
    )?;
    writeln!(out, "{:>9} handled commands", copied.commands)?;
    writeln!(out, "{verified:>9} events compared, all alike")?;
    if !copied.caught_up {
        writeln!(
            out,
            "more was appended meanwhile: copy again to take up the rest"
        )?;
    }
    Ok(())
}

fn name(stage: Stage) -> &'static str {
    match stage {
        Stage::CopyingEvents => "copying events",
        Stage::CopyingCommands => "copying commands",
        Stage::ComparingCommands => "comparing commands",
        _ => "comparing events",
    }
}

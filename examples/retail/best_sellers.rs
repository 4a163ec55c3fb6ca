//! `retail best-sellers`: the articles that sell best, for people and for machines.

use std::io::{self, Write};

use serde::Serialize;

use crate::cli;
use crate::domain::best_sellers::{Asked, BestSeller, By};
use crate::opened::BestSellers;

/// The answer for machines.
#[derive(Serialize)]
struct Json<'a> {
    country: Option<&'a str>,
    month: Option<&'a str>,
    by_quantity: &'a [BestSeller],
    by_revenue: &'a [BestSeller],
    /// How many orders are left out, for they could not be handled.
    parked: u64,
}

/// Brings the best sellers up to date, and prints them.
pub async fn run(best_sellers: &BestSellers, asked: cli::BestSellers) -> anyhow::Result<()> {
    let mut running = best_sellers.run().await?;
    running.caught_up().await?;
    let status = running.status().await?;
    let parked = status.iter().map(|it| it.subscription.parked_keys).sum();
    running.stop().await?;

    let (json, asked) = (
        asked.json,
        Asked {
            country: asked.country,
            month: asked.month,
            limit: asked.limit,
        },
    );
    let by_quantity = &*best_sellers.best(By::Quantity, &asked).await?;
    let by_revenue = &*best_sellers.best(By::Revenue, &asked).await?;
    let (country, month) = (asked.country.as_deref(), asked.month.as_deref());
    let out = &mut io::stdout().lock();
    if json {
        let answer = Json {
            country,
            month,
            by_quantity,
            by_revenue,
            parked,
        };
        serde_json::to_writer(&mut *out, &answer)?;
        writeln!(out)?;
        return Ok(());
    }
    let country = country.map_or_else(String::new, |country| format!(" in {country}"));
    let month = month.map_or_else(String::new, |month| format!(" in {month}"));
    if by_quantity.is_empty() {
        writeln!(out, "Nothing was sold{country}{month}.")?;
    } else {
        writeln!(out, "Best sellers{country}{month} by pieces")?;
        table(out, by_quantity)?;
        writeln!(out, "\nBest sellers{country}{month} by revenue")?;
        table(out, by_revenue)?;
    }
    if parked > 0 {
        eprintln!("{parked} orders are left out: see `retail projections parked`");
    }
    Ok(())
}

fn table(out: &mut impl Write, best: &[BestSeller]) -> io::Result<()> {
    for BestSeller {
        article,
        description,
        quantity,
        orders,
        revenue,
    } in best
    {
        let description = description.as_deref().unwrap_or_default();
        writeln!(
            out,
            "  {article:<12} {description:<36} {quantity:>8} pieces {orders:>6} orders {:>14}",
            revenue.rounded()
        )?;
    }
    Ok(())
}

//! What an import came to: for people, and for machines.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use crate::domain::Money;
use crate::domain::document::Kind;
use crate::figures::Figures;
use crate::history::TakenIn;
use crate::import::Imported;

/// How wide the longest bar is, in characters.
const BAR: usize = 40;

/// How many countries are named.
const COUNTRIES: usize = 8;

/// Prints what an import came to: a summary, or the line of JSON if that is wanted.
pub fn import(imported: &Imported, json: bool) -> anyhow::Result<()> {
    let out = &mut io::stdout().lock();
    if json {
        serde_json::to_writer(&mut *out, &Json::of(imported))?;
        writeln!(out)?;
    } else {
        summary(out, imported)?;
    }
    Ok(())
}

/// Prints what taking a history in came to, for which the price list was `asked` so often.
pub fn history(taken_in: &TakenIn, asked: u64, json: bool) -> anyhow::Result<()> {
    let out = &mut io::stdout().lock();
    let TakenIn {
        events,
        recorded,
        figures,
        seconds,
    } = taken_in;
    if json {
        let json = HistoryJson {
            events_in_file: *events,
            price_list_asked: asked,
            figures: FiguresJson::of(figures),
            seconds: *seconds,
        };
        serde_json::to_writer(&mut *out, &json)?;
        writeln!(out)?;
        return Ok(());
    }
    let read = figures.events;
    writeln!(out, "{events:>9} events in the file, read as {read}")?;
    let (orders, confirmed) = (figures.orders, figures.orders_confirmed);
    writeln!(out, "{orders:>9} orders, {confirmed} confirmed")?;
    writeln!(out, "{:>9} credit notes", figures.credit_notes)?;
    writeln!(out)?;
    let (sold, credited) = (figures.order_lines, figures.credit_lines);
    writeln!(out, "{sold:>9} lines sold, {credited} lines credited")?;
    writeln!(out, "{asked:>9} times the price list was asked")?;
    sums(out, figures)?;
    ending(out, *recorded, events - recorded, *seconds)?;
    Ok(())
}

fn summary(out: &mut impl Write, imported: &Imported) -> io::Result<()> {
    let Imported {
        plan,
        tally,
        figures,
        seconds,
    } = imported;
    let unknown = plan.count(Kind::Unknown);
    writeln!(
        out,
        "{:>9} rows in {} documents",
        plan.rows,
        plan.documents.len()
    )?;
    writeln!(
        out,
        "{:>9} orders, {} confirmed, {} without a line that could be sold",
        figures.orders, figures.orders_confirmed, tally.confirms_rejected
    )?;
    writeln!(out, "{:>9} credit notes", figures.credit_notes)?;
    writeln!(
        out,
        "{unknown:>9} other documents, left to people ({} rows, {})",
        tally.unknown_rows,
        tally.unknown_amount.rounded()
    )?;
    writeln!(out)?;
    writeln!(
        out,
        "{:>9} lines sold, {} lines credited",
        tally.order_lines, tally.credit_lines
    )?;
    for (reason, count) in &tally.order_lines_rejected {
        writeln!(out, "{count:>9} order lines refused: {reason}")?;
    }
    for (reason, count) in &tally.credit_lines_rejected {
        writeln!(out, "{count:>9} credit lines refused: {reason}")?;
    }
    if tally.settlements_rejected > 0 {
        writeln!(
            out,
            "{:>9} credit notes without a line",
            tally.settlements_rejected
        )?;
    }
    sums(out, figures)?;
    let earlier = figures.events - tally.recorded;
    ending(out, tally.recorded, earlier, *seconds)
}

fn sums(out: &mut impl Write, figures: &Figures) -> io::Result<()> {
    writeln!(out)?;
    writeln!(out, "Revenue {:>20}", figures.revenue.rounded())?;
    writeln!(out, "Credits {:>20}", figures.credits.rounded())?;

    writeln!(out, "\nBest countries")?;
    let mut countries: Vec<_> = figures.by_country.iter().collect();
    countries.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
    bars(out, countries.into_iter().take(COUNTRIES))?;
    writeln!(out, "\nRevenue by month")?;
    bars(out, figures.by_month.iter())
}

fn ending(out: &mut impl Write, recorded: u64, earlier: u64, seconds: f64) -> io::Result<()> {
    write!(out, "\n{recorded} events recorded in {seconds:.1} s")?;
    if earlier > 0 {
        write!(out, "; {earlier} were there already")?;
    }
    writeln!(out)
}

fn bars<'a>(
    out: &mut impl Write,
    rows: impl Iterator<Item = (&'a String, &'a Money)> + Clone,
) -> io::Result<()> {
    let largest = rows
        .clone()
        .map(|(_, amount)| *amount)
        .max()
        .unwrap_or_default();
    for (name, amount) in rows {
        let bar = "█".repeat(amount.bar(largest, BAR));
        writeln!(out, "  {name:<20} {:>16} {bar}", amount.rounded())?;
    }
    Ok(())
}

/// What an import came to, for machines.
#[derive(Serialize)]
struct Json<'a> {
    rows: u64,
    documents: usize,
    confirms_rejected: u64,
    unknown_documents: usize,
    order_lines_rejected: &'a BTreeMap<&'static str, u64>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    credit_lines_rejected: &'a BTreeMap<&'static str, u64>,
    unknown_rows: u64,
    #[serde(flatten)]
    figures: FiguresJson<'a>,
    seconds: f64,
}

/// What taking a history in came to, for machines.
#[derive(Serialize)]
struct HistoryJson<'a> {
    events_in_file: u64,
    price_list_asked: u64,
    #[serde(flatten)]
    figures: FiguresJson<'a>,
    seconds: f64,
}

/// The figures for machines. Money is text, with all its digits.
#[derive(Serialize)]
struct FiguresJson<'a> {
    orders: u64,
    orders_confirmed: u64,
    order_lines: u64,
    credit_notes: u64,
    credit_lines: u64,
    revenue: Money,
    credits: Money,
    by_country: &'a BTreeMap<String, Money>,
    events: u64,
}

impl<'a> Json<'a> {
    fn of(imported: &'a Imported) -> Self {
        let Imported {
            plan,
            tally,
            figures,
            seconds,
        } = imported;
        Self {
            rows: plan.rows,
            documents: plan.documents.len(),
            confirms_rejected: tally.confirms_rejected,
            unknown_documents: plan.count(Kind::Unknown),
            order_lines_rejected: &tally.order_lines_rejected,
            credit_lines_rejected: &tally.credit_lines_rejected,
            unknown_rows: tally.unknown_rows,
            figures: FiguresJson::of(figures),
            seconds: *seconds,
        }
    }
}

impl<'a> FiguresJson<'a> {
    fn of(figures: &'a Figures) -> Self {
        Self {
            orders: figures.orders,
            orders_confirmed: figures.orders_confirmed,
            order_lines: figures.order_lines,
            credit_notes: figures.credit_notes,
            credit_lines: figures.credit_lines,
            revenue: figures.revenue,
            credits: figures.credits,
            by_country: &figures.by_country,
            events: figures.events,
        }
    }
}

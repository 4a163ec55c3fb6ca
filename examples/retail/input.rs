//! Reading the file: CSV, gzipped or plain, one row at a time.

use std::fs::File;
use std::io::{BufRead, BufReader, Cursor, Read};
use std::path::PathBuf;

use anyhow::{Context, anyhow, bail};
use csv::StringRecord;
use flate2::read::MultiGzDecoder;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::domain::Money;
use crate::domain::document::CustomerNo;

const COLUMNS: [&str; 8] = [
    "InvoiceNo",
    "StockCode",
    "Description",
    "Quantity",
    "InvoiceDate",
    "UnitPrice",
    "CustomerID",
    "Country",
];

/// Where the rows come from.
pub enum Source {
    File(PathBuf),
    Sample,
}

/// One row: one line of one document.
#[derive(Debug)]
pub struct Row {
    /// The line of the file it starts on, from 1.
    pub line: u64,
    pub document: String,
    pub stock_code: String,
    pub description: String,
    pub quantity: i64,
    pub at: Timestamp,
    pub unit_price: Money,
    pub customer: Option<CustomerNo>,
    pub country: String,
}

impl Source {
    pub fn new(path: Option<PathBuf>) -> Self {
        path.map_or(Self::Sample, Self::File)
    }

    pub fn name(&self) -> String {
        match self {
            Self::File(path) => path.display().to_string(),
            Self::Sample => "the bundled sample".to_owned(),
        }
    }

    /// The rows, in the order of the file. A row that cannot be read is an error that names its line.
    pub fn rows(&self) -> anyhow::Result<impl Iterator<Item = anyhow::Result<Row>>> {
        let mut reader = csv::Reader::from_reader(self.open()?);
        let header: Vec<_> = reader.headers()?.iter().map(str::to_owned).collect();
        if header != COLUMNS {
            bail!(
                "line 1: the columns are {}, not {}",
                header.join(","),
                COLUMNS.join(",")
            );
        }
        Ok(reader.into_records().map(|record| {
            let record = record?;
            let line = record.position().map_or(0, csv::Position::line);
            Row::read(&record, line).with_context(|| format!("line {line}"))
        }))
    }

    fn open(&self) -> anyhow::Result<Box<dyn Read + Send>> {
        let mut plain: Box<dyn BufRead + Send> = match self {
            Self::File(path) => {
                let file = File::open(path).with_context(|| path.display().to_string())?;
                Box::new(BufReader::with_capacity(1 << 16, file))
            }
            Self::Sample => Box::new(Cursor::new(include_str!("sample.csv"))),
        };
        let gzipped = plain.fill_buf()?.starts_with(&[0x1f, 0x8b]);
        Ok(if gzipped {
            Box::new(MultiGzDecoder::new(plain))
        } else {
            Box::new(plain)
        })
    }
}

impl Row {
    fn read(record: &StringRecord, line: u64) -> anyhow::Result<Self> {
        let field = |index: usize| record.get(index).unwrap_or_default().trim();
        let wrong = |index: usize, wanted: &str| {
            anyhow!("{} `{}` is not {wanted}", COLUMNS[index], field(index))
        };
        if field(0).is_empty() {
            bail!("InvoiceNo is empty");
        }
        let customer = match field(6) {
            "" => None,
            text => Some(CustomerNo(
                text.strip_suffix(".0")
                    .unwrap_or(text)
                    .parse()
                    .map_err(|_| wrong(6, "a customer's number"))?,
            )),
        };
        let at: DateTime = field(4).parse().map_err(|_| wrong(4, "a date and time"))?;
        Ok(Self {
            line,
            document: field(0).to_owned(),
            stock_code: field(1).to_owned(),
            description: field(2).to_owned(),
            quantity: field(3).parse().map_err(|_| wrong(3, "a whole number"))?,
            at: TimeZone::UTC.to_timestamp(at)?,
            unit_price: field(5).parse().map_err(|_| wrong(5, "an amount"))?,
            customer,
            country: field(7).to_owned(),
        })
    }
}

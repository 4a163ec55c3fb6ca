//! The table: one row per contest, printed as soon as it is known, and all of them as JSON.

use std::fs;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::{Args, Percentiles, Results};

/// CPU times come in hundredths of a second: with less than this, a ratio of them says little.
const TELLING_CPU: Duration = Duration::from_millis(200);

/// CPU seconds of an operation.
#[derive(Clone, Copy)]
pub(crate) struct Cpu {
    client: f64,
    server: f64,
}

impl Cpu {
    pub(crate) fn each(client: Duration, server: Duration, operations: u64) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
        let operations = operations.max(1) as f64;
        Self {
            client: client.as_secs_f64() / operations,
            server: server.as_secs_f64() / operations,
        }
    }
}

/// Prints rows and remembers whether all met their targets.
pub(crate) struct Table {
    missed: usize,
    about: Map<String, Value>,
    rows: Vec<Value>,
}

impl Table {
    /// Prints the head.
    pub(crate) fn begin(unit: &str) -> Self {
        println!(
            "{unit:<44} {:>11} {:>11} {:>7} {:>7} {:>7}",
            "ours", "twin", "CPU", "ratio", "target"
        );
        Self {
            missed: 0,
            about: Map::new(),
            rows: Vec::new(),
        }
    }

    /// Says in the JSON what the rows were measured on.
    pub(crate) fn about(&mut self, key: &str, value: Value) {
        self.about.insert(key.to_owned(), value);
    }

    /// Prints the row of two samples of `operations` each. The ratio is that of the throughputs:
    /// above 1 is faster than the twin. So is the ratio of the CPU times, which other programs on the
    /// machine disturb less.
    pub(crate) fn row(&mut self, name: &str, operations: u32, of: Results, target: Option<f64>) {
        let Results { ours, twin, ratio } = of;
        let cpu = (ours.cpu.min(twin.cpu) >= TELLING_CPU)
            .then(|| twin.cpu.as_secs_f64() / ours.cpu.as_secs_f64());
        let (wanted, verdict) = match target {
            None => ("-".to_owned(), ""),
            Some(target) if ratio >= target => (format!("{target:.2}"), " ok"),
            Some(target) => {
                self.missed += 1;
                (format!("{target:.2}"), " MISSED")
            }
        };
        let shown = cpu.map_or_else(|| "-".to_owned(), |cpu| format!("{cpu:.2}"));
        let each = |sample: Duration| sample.as_secs_f64() / f64::from(operations);
        let (ours, twin) = (each(ours.time), each(twin.time));
        println!(
            "{name:<44} {:>11} {:>11} {shown:>7} {ratio:>7.2} {wanted:>7}{verdict}",
            time(ours),
            time(twin)
        );
        self.rows.push(json!({
            "name": name,
            "ours_seconds": ours,
            "twin_seconds": twin,
            "ours_per_second": 1.0 / ours,
            "twin_per_second": 1.0 / twin,
            "cpu_ratio": cpu,
            "ratio": ratio,
            "target": target,
        }));
    }

    /// Prints below a row how long its single operations took. Ours may take `at_most` times as long
    /// as the median.
    pub(crate) fn latencies(&mut self, ours: Percentiles, twin: Percentiles, at_most: Option<f64>) {
        let spread = ours.p99.as_secs_f64() / ours.p50.as_secs_f64();
        let verdict = match at_most {
            None => String::new(),
            Some(at_most) if spread <= at_most => format!(", target {at_most:.1} ok"),
            Some(at_most) => {
                self.missed += 1;
                format!(", target {at_most:.1} MISSED")
            }
        };
        let show = |percentiles: Percentiles| {
            let [p50, p99] =
                [percentiles.p50, percentiles.p99].map(|latency| time(latency.as_secs_f64()));
            format!("{p50} / {p99}")
        };
        println!(
            "    p50 / p99: ours {}, twin {}; ours p99 is {spread:.1} x p50{verdict}",
            show(ours),
            show(twin)
        );
        for (key, latency) in [
            ("ours_p50_seconds", ours.p50),
            ("ours_p99_seconds", ours.p99),
            ("twin_p50_seconds", twin.p50),
            ("twin_p99_seconds", twin.p99),
        ] {
            self.note(key, latency.as_secs_f64().into());
        }
    }

    /// Prints below a row what CPU time each operation took.
    pub(crate) fn cpu(&mut self, ours: Cpu, twin: Cpu) {
        let show = |cpu: Cpu| {
            let [client, server] = [cpu.client, cpu.server].map(time);
            format!("{client} + {server}")
        };
        println!(
            "    CPU, client + server: ours {}, twin {}; ratio {:.2}",
            show(ours),
            show(twin),
            (twin.client + twin.server) / (ours.client + ours.server)
        );
        for (key, seconds) in [
            ("ours_client_cpu_seconds", ours.client),
            ("ours_server_cpu_seconds", ours.server),
            ("twin_client_cpu_seconds", twin.client),
            ("twin_server_cpu_seconds", twin.server),
        ] {
            self.note(key, seconds.into());
        }
    }

    /// Adds to the JSON of the last row.
    pub(crate) fn note(&mut self, key: &str, value: Value) {
        if let Some(Value::Object(row)) = self.rows.last_mut() {
            row.insert(key.to_owned(), value);
        }
    }

    /// Prints a line that is no contest, and adds it to the JSON.
    pub(crate) fn line(&mut self, name: &str, text: &str, values: Value) {
        println!("{name:<44} {text}");
        self.rows.push(values);
        self.note("name", name.into());
    }

    /// Prints a line that is no contest, with a figure that must not be above another.
    pub(crate) fn at_most(
        &mut self,
        name: &str,
        text: &str,
        (figure, most): (f64, f64),
        values: Value,
    ) {
        let verdict = if figure <= most {
            "ok"
        } else {
            self.missed += 1;
            "MISSED"
        };
        self.line(name, &format!("{text}, target {verdict}"), values);
        self.note("at_most", most.into());
    }

    /// Writes the JSON, if that was asked for; how many rows missed their target.
    pub(crate) fn finish(mut self, args: &Args) -> usize {
        if let Some(file) = &args.json {
            self.about.insert("rows".to_owned(), self.rows.into());
            let text = serde_json::to_string_pretty(&self.about).unwrap();
            fs::write(file, text + "\n").unwrap();
        }
        self.missed
    }
}

/// A time in a unit that leaves a few digits.
fn time(seconds: f64) -> String {
    let (factor, unit) = match seconds {
        s if s < 1e-6 => (1e9, "ns"),
        s if s < 1e-3 => (1e6, "us"),
        s if s < 1.0 => (1e3, "ms"),
        _ => (1.0, "s"),
    };
    format!("{:.2} {unit}", seconds * factor)
}

//! The instruments of read models, under the names that are documented.
#![cfg(feature = "metrics")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use eventide::prelude::*;
use eventide::projection::Outside;
use eventide::read_model::ReadModelOptions;
use metrics::{
    Counter, CounterFn, Gauge, GaugeFn, Histogram, Key, KeyName, Metadata, Recorder, SharedString,
    Unit,
};
use serde::{Deserialize, Serialize};

type Values = Arc<Mutex<BTreeMap<String, f64>>>;

/// Keeps the last value of each instrument.
#[derive(Default)]
struct Kept {
    values: Values,
    described: Mutex<Vec<String>>,
}

struct One(Values, String);

impl CounterFn for One {
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    fn increment(&self, by: u64) {
        *self.0.lock().unwrap().entry(self.1.clone()).or_default() += by as f64;
    }
    fn absolute(&self, _: u64) {}
}

impl GaugeFn for One {
    fn increment(&self, _: f64) {}
    fn decrement(&self, _: f64) {}
    fn set(&self, value: f64) {
        self.0.lock().unwrap().insert(self.1.clone(), value);
    }
}

impl Kept {
    fn one(&self, key: &Key) -> Arc<One> {
        let labels: Vec<_> = key
            .labels()
            .map(|it| format!("{}={}", it.key(), it.value()))
            .collect();
        Arc::new(One(
            self.values.clone(),
            format!("{} {}", key.name(), labels.join(" ")),
        ))
    }

    fn describe(&self, key: &KeyName) {
        self.described.lock().unwrap().push(key.as_str().to_owned());
    }
}

impl Recorder for Kept {
    fn describe_counter(&self, key: KeyName, _: Option<Unit>, _: SharedString) {
        self.describe(&key);
    }
    fn describe_gauge(&self, key: KeyName, _: Option<Unit>, _: SharedString) {
        self.describe(&key);
    }
    fn describe_histogram(&self, key: KeyName, _: Option<Unit>, _: SharedString) {
        self.describe(&key);
    }
    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(self.one(key))
    }
    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::from_arc(self.one(key))
    }
    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::noop()
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, AggregateId)]
struct BellId(String);

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
struct Rung {
    loudly: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize, Command)]
#[command(upserts)]
struct Ring {
    #[command(id)]
    bell: BellId,
    loudly: bool,
}

#[derive(Debug, Default, Clone, Aggregate)]
#[aggregate(id = BellId, error = String, events(Rung), commands(Ring))]
struct Bell;

#[handlers]
impl Bell {
    fn ring(&self, command: Ring) -> Rung {
        Rung {
            loudly: command.loudly,
        }
    }
    fn rung(&mut self, _: &Rung) {}
}

/// Cannot stand it loud.
#[derive(Projection)]
#[projection(target = Outside, observes(Bell))]
struct Listener;

#[projects]
impl Listener {
    fn rung(&self, event: &Rung) -> Result<(), String> {
        if event.loudly {
            return Err("too loud".to_owned());
        }
        Ok(())
    }
}

#[derive(Domain)]
#[domain(aggregates(Bell), projections(Listener))]
struct Tower;

async fn ring(app: &App<Tower>, bell: &str, loudly: bool) {
    let bell = BellId::from(bell.to_owned());
    app.execute(Ring { bell, loudly }).await.unwrap();
}

#[test]
fn what_is_done_and_how_late_it_is_can_be_watched() {
    let recorder = Kept::default();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    metrics::with_local_recorder(&recorder, || {
        runtime.block_on(async {
            let app = App::<Tower>::new(MemoryStore::new());
            for bell in 0..5 {
                ring(&app, &format!("bell-{bell}"), bell == 3).await;
            }
            let options = ReadModelOptions::default().lease(Duration::from_millis(60));
            let running = app.outside(Listener).run(options.attempts(3)).await;
            let mut running = running.unwrap();
            running.caught_up().await.unwrap();
            // The gauges are set now and then.
            let gauge = "eventide_read_model_parked_keys read_model=listener";
            while recorder.values.lock().unwrap().get(gauge) != Some(&1.0) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            let status = running.status().await.unwrap();
            let figures = status[0].figures;
            assert_eq!((figures.events, figures.parked, figures.retries), (5, 1, 2));
            assert!(figures.events_per_second > 0.0);
            assert_eq!((status[0].lag(), status[0].behind), (0, Duration::ZERO));
            running.stop().await.unwrap();
        });
    });
    let values = recorder.values.lock().unwrap();
    for (name, expected) in [
        ("eventide_read_model_events_total", 5.0),
        ("eventide_read_model_parked_total", 1.0),
        ("eventide_read_model_retries_total", 2.0),
        ("eventide_read_model_lag_events", 0.0),
        ("eventide_read_model_lag_seconds", 0.0),
        ("eventide_read_model_position", 5.0),
        ("eventide_read_model_parked_keys", 1.0),
    ] {
        let value = values[&format!("{name} read_model=listener")];
        assert!((value - expected).abs() < f64::EPSILON, "{name}: {value}");
        assert!(
            recorder
                .described
                .lock()
                .unwrap()
                .contains(&name.to_owned())
        );
    }
}

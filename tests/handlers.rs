//! What handlers may use, and what happens when they or what they return go wrong.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod support;

use std::sync::Arc;

use eventide::id_source::CountingIds;
use eventide::prelude::*;
use eventide::time::FixedClock;
use jiff::Timestamp;
use serde::{Deserialize, Serialize, Serializer};
use support::{Probe, in_time};

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, AggregateId)]
struct TripId(u64);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
struct Booked {
    price: u64,
    ticket: uuid::Uuid,
    at: Timestamp,
    by: Option<String>,
    of: u64,
    command: CommandId,
    stream: String,
}

/// An event that cannot be written.
#[derive(Debug, Clone, Deserialize, Event)]
struct Garbled {
    panics: bool,
}

impl Serialize for Garbled {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        assert!(!self.panics, "no words for it");
        Err(serde::ser::Error::custom("too strange to write"))
    }
}

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
struct Labelled {
    #[event(tag)]
    label: String,
}

/// An event nobody can fold.
#[derive(Debug, Clone, Serialize, Deserialize, Event)]
struct Poisoned;

#[derive(Debug, Clone, Serialize, Deserialize, Command)]
#[command(upserts)]
struct Book {
    #[command(id)]
    trip: TripId,
}

#[derive(Debug, Clone, Serialize, Deserialize, Command)]
#[command(upserts)]
struct GoWrong {
    #[command(id)]
    trip: TripId,
    how: How,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
enum How {
    Panic,
    PanicLater,
    Garble { panics: bool },
    Label(String),
    Poison,
}

fn wrong(how: How) -> GoWrong {
    GoWrong {
        trip: TripId(1),
        how,
    }
}

fn book() -> Book {
    Book { trip: TripId(1) }
}

#[derive(Debug, Clone, Outcome)]
enum Wrong {
    Garbled(Garbled),
    Labelled(Labelled),
    Poisoned(Poisoned),
}

#[derive(Debug, Clone)]
struct Tariff {
    price: u64,
}

#[derive(Debug, Default, Clone, Aggregate)]
#[aggregate(id = TripId, error = String, services = Tariff)]
#[aggregate(events(Booked, Garbled, Labelled, Poisoned), commands(Book, GoWrong))]
struct Trip {
    booked: u64,
}

#[handlers]
impl Trip {
    async fn book(&self, _: Book, ctx: &Context<'_, Tariff>) -> Booked {
        tokio::task::yield_now().await;
        Booked {
            price: ctx.services().price,
            ticket: ctx.new_id(),
            at: ctx.now(),
            by: ctx.metadata().user_id.clone(),
            of: ctx.version().get(),
            command: ctx.command_id(),
            stream: ctx.stream().to_string(),
        }
    }
    async fn go_wrong(&self, command: GoWrong) -> Wrong {
        match command.how {
            How::Panic => panic!("no tickets"),
            How::PanicLater => {
                tokio::task::yield_now().await;
                panic!("no tickets after {}", self.booked)
            }
            How::Garble { panics } => Wrong::Garbled(Garbled { panics }),
            How::Label(label) => Wrong::Labelled(Labelled { label }),
            How::Poison => Wrong::Poisoned(Poisoned),
        }
    }
    fn booked(&mut self, _: &Booked) {
        self.booked += 1;
    }
    fn garbled(&mut self, _: &Garbled) {}
    fn labelled(&mut self, _: &Labelled) {}
    fn poisoned(&mut self, _: &Poisoned) {
        self.booked += 1_000;
        panic!("cannot be swallowed")
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, AggregateId)]
struct QuoteId(u64);

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
struct Quoted(u64);

#[derive(Debug, Clone, Serialize, Deserialize, Command)]
#[command(upserts)]
struct Quote(#[command(id)] QuoteId);

/// Other services than the trip's.
#[derive(Debug, Default, Clone, Aggregate)]
#[aggregate(id = QuoteId, error = String, services = Arc<str>, events(Quoted), commands(Quote))]
struct Offer;

#[handlers]
impl Offer {
    fn quote(&self, _: Quote, ctx: &Context<'_, Arc<str>>) -> Quoted {
        Quoted(ctx.services().len() as u64)
    }
    fn quoted(&mut self, _: &Quoted) {}
}

#[derive(Debug)]
struct Services {
    tariff: Tariff,
    motto: Arc<str>,
}

impl Provide<Tariff> for Services {
    fn provide(&self) -> &Tariff {
        &self.tariff
    }
}

impl Provide<Arc<str>> for Services {
    fn provide(&self) -> &Arc<str> {
        &self.motto
    }
}

#[derive(Domain)]
#[domain(aggregates(Trip, Offer), services = Services)]
struct Travel;

fn travel() -> App<Travel> {
    let services = Services {
        tariff: Tariff { price: 12 },
        motto: "away".into(),
    };
    App::with_services(Probe::new(), services)
        .clock(Arc::new(FixedClock::at(
            "2020-02-02T02:02:02Z".parse().unwrap(),
        )))
        .ids(Arc::new(CountingIds::default()))
        .build()
}

#[tokio::test]
async fn a_handler_has_clock_ids_metadata_and_services() {
    let app = travel();
    app.execute(book()).await.unwrap();
    let receipt = app.execute(book()).as_user("ada").await.unwrap();
    let [TripEvent::Booked(booked)] = receipt.events.as_slice() else {
        panic!("{receipt:?}")
    };
    assert_eq!((booked.price, booked.of), (12, 1));
    assert_eq!(booked.at.to_string(), "2020-02-02T02:02:02Z");
    assert_eq!(booked.by.as_deref(), Some("ada"));
    assert_eq!(booked.command, receipt.command_id);
    assert_eq!(booked.stream, "Trip/1");
    // Command, ticket and event of the first, then those of the second.
    assert_eq!(
        booked.command.to_string(),
        "00000000-0000-7000-8000-000000000004"
    );
    assert_eq!(
        booked.ticket.to_string(),
        "00000000-0000-7000-8000-000000000005"
    );
}

#[tokio::test]
async fn each_aggregate_has_its_part_of_the_services() {
    let app = travel();
    let receipt = app.execute(Quote(QuoteId(1))).await.unwrap();
    assert!(matches!(
        receipt.events.as_slice(),
        [OfferEvent::Quoted(Quoted(4))]
    ));
}

#[tokio::test]
async fn a_handler_that_panics_harms_nothing_else() {
    let app = travel();
    app.execute(book()).await.unwrap();
    for (how, words) in [
        (How::Panic, "no tickets"),
        (How::PanicLater, "no tickets after 4"),
    ] {
        let (before, panicked, after) = tokio::join!(
            app.execute(book()),
            app.execute(wrong(how)),
            app.execute(book())
        );
        drop((before.unwrap(), after.unwrap()));
        let error = panicked.unwrap_err();
        let ExecuteError::Panicked {
            command,
            message,
            stream,
            ..
        } = &error
        else {
            panic!("{error:?}")
        };
        assert_eq!(
            (*command, stream.to_string().as_str()),
            ("GoWrong", "Trip/1")
        );
        assert_eq!(message, words);
    }
    let loaded = in_time("the state", app.load::<Trip>(&TripId(1)))
        .await
        .unwrap();
    assert_eq!((loaded.booked, loaded.version().get()), (5, 5));
}

#[tokio::test]
async fn an_event_that_cannot_be_folded_is_not_recorded() {
    let app = travel();
    app.execute(book()).await.unwrap();
    let (before, panicked, after) = tokio::join!(
        app.execute(book()),
        app.execute(wrong(How::Poison)),
        app.execute(book())
    );
    assert_eq!(before.unwrap().version.get(), 2);
    assert_eq!(after.unwrap().version.get(), 3);
    let error = panicked.unwrap_err();
    assert_eq!(
        error.to_string(),
        "command `GoWrong` on stream Trip/1 panicked: cannot be swallowed"
    );
    let loaded = in_time("the state", app.load::<Trip>(&TripId(1)))
        .await
        .unwrap();
    assert_eq!((loaded.booked, loaded.version().get()), (3, 3));
}

#[tokio::test]
async fn an_event_that_cannot_be_written_stops_its_command_only() {
    let app = travel();
    let (before, garbled, unspeakable, labelled, after) = tokio::join!(
        app.execute(book()),
        app.execute(wrong(How::Garble { panics: false })),
        app.execute(wrong(How::Garble { panics: true })),
        app.execute(wrong(How::Label("line\nbreak".to_owned()))),
        app.execute(book())
    );
    drop((before.unwrap(), after.unwrap()));
    let Err(ExecuteError::Encode(error)) = garbled else {
        panic!("{garbled:?}")
    };
    assert_eq!(error.event_type, "Garbled");
    assert_eq!(error.source.to_string(), "too strange to write");
    let Err(ExecuteError::Panicked { message, .. }) = unspeakable else {
        panic!("{unspeakable:?}")
    };
    assert_eq!(message, "no words for it");
    let Err(ExecuteError::Tag(error)) = labelled else {
        panic!("{labelled:?}")
    };
    assert_eq!(error.tag, "label:line\nbreak");
    let loaded = app.load::<Trip>(&TripId(1)).await.unwrap();
    assert_eq!((loaded.booked, loaded.version().get()), (2, 2));
}

#[tokio::test]
async fn an_event_that_cannot_be_folded_stops_a_batch_as_a_whole() {
    let app = travel();
    app.execute(book()).await.unwrap();
    let batch = [book().into(), wrong(How::Poison).into()];
    let error = app.execute_all::<Trip>(batch).await.unwrap_err();
    assert!(matches!(error, ExecuteError::Panicked { .. }), "{error:?}");
    let each = [book().into(), wrong(How::Poison).into(), book().into()];
    let answers = app.execute_each::<Trip>(each).await.unwrap();
    assert_eq!(answers[0].as_ref().unwrap().version.get(), 2);
    assert!(matches!(answers[1], Err(ExecuteError::Panicked { .. })));
    assert_eq!(answers[2].as_ref().unwrap().version.get(), 3);
    assert_eq!(app.load::<Trip>(&TripId(1)).await.unwrap().booked, 3);
}

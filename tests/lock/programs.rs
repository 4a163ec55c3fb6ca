//! One small domain, as one program after the other has it.

macro_rules! program {
    ($name:ident lists($($event:ident),*) with($($more:tt)*) { $($items:item)* }) => {
        pub mod $name {
            use eventide::prelude::*;
            use serde::{Deserialize, Serialize};

            $($items)*

            #[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, AggregateId)]
            pub struct OrderId(String);

            /// Does nothing.
            #[derive(Debug, Clone, Serialize, Deserialize, Command)]
            #[command(upserts)]
            pub struct Touch(#[command(id)] OrderId);

            #[derive(Debug, Default, Clone, Aggregate)]
            #[aggregate(
                id = OrderId,
                error = std::convert::Infallible,
                events($($event),*),
                $($more)*
                commands(Touch),
            )]
            pub struct Order;

            #[handlers]
            impl Order {
                fn touch(&self, _: Touch) -> () {}
            }

            $(impl Apply<$event> for Order {
                fn apply(&mut self, _: &$event) {}
            })*

            #[derive(Debug, Domain)]
            #[domain(name = "tiny", aggregates(Order))]
            pub struct Tiny;
        }
    };
}

program!(first lists(Placed) with() {
    #[derive(Debug, Clone, Serialize, Deserialize, Event)]
    pub struct Placed {
        pub sku: String,
        pub quantity: u32,
    }
});

// A field is wider, and the version is the same.
program!(widened lists(Placed) with() {
    #[derive(Debug, Clone, Serialize, Deserialize, Event)]
    pub struct Placed {
        pub sku: String,
        pub quantity: u64,
    }
});

// Nothing that was written before is read.
program!(reshaped lists(Placed) with() {
    #[derive(Debug, Clone, Serialize, Deserialize, Event)]
    pub struct Placed {
        pub article: u8,
    }
});

program!(second lists(Placed) with() {
    #[derive(Debug, Clone, Serialize, Deserialize, Event)]
    #[event(version = 2)]
    pub struct Placed {
        pub sku: String,
        #[event(renamed(since = 2, from = quantity), changed(since = 2, from = u32, with = u64::from))]
        pub pieces: u64,
    }
});

// As the one before, with another step.
program!(otherwise lists(Placed) with() {
    #[derive(Debug, Clone, Serialize, Deserialize, Event)]
    #[event(version = 2)]
    pub struct Placed {
        pub sku: String,
        #[event(renamed(since = 2, from = quantity), changed(since = 2, from = u32, with = doubled))]
        pub pieces: u64,
    }

    fn doubled(quantity: u32) -> u64 {
        u64::from(quantity) * 2
    }
});

// As the one before, with a step that refuses.
program!(refusing lists(Placed) with() {
    #[derive(Debug, Clone, Serialize, Deserialize, Event)]
    #[event(version = 2)]
    pub struct Placed {
        pub sku: String,
        #[event(renamed(since = 2, from = quantity), changed(since = 2, from = u32, try_with = none))]
        pub pieces: u64,
    }

    fn none(quantity: u32) -> Result<u64, String> {
        Err(format!("{quantity} are too many"))
    }
});

// A step that panics.
program!(panicking lists(Placed) with() {
    #[derive(Debug, Clone, Serialize, Deserialize, Event)]
    #[event(version = 2)]
    pub struct Placed {
        pub sku: String,
        #[event(renamed(since = 2, from = quantity), changed(since = 2, from = u32, with = one_less))]
        pub pieces: u64,
    }

    fn one_less(quantity: u32) -> u64 {
        u64::from(quantity.checked_sub(1000).expect("a thousand at least"))
    }
});

program!(renamed lists(Bought) with() {
    #[derive(Debug, Clone, Serialize, Deserialize, Event)]
    #[event(was("Placed"))]
    pub struct Bought {
        pub sku: String,
        pub quantity: u32,
    }
});

program!(without lists(Shipped) with() {
    #[derive(Debug, Clone, Serialize, Deserialize, Event)]
    pub struct Shipped;
});

// Of one event nothing can be made up, another loses what it reads.
program!(awkward lists(Coded, Counted) with() {
    #[derive(Debug, Clone, Serialize, Deserialize, Event)]
    pub struct Coded {
        #[event(opaque = "code")]
        pub code: Code,
    }

    #[derive(Debug, Clone, Serialize, Deserialize)]
    #[serde(try_from = "String", into = "String")]
    pub struct Code(String);

    impl TryFrom<String> for Code {
        type Error = &'static str;

        fn try_from(code: String) -> Result<Self, Self::Error> {
            if code == "open sesame" { Ok(Self(code)) } else { Err("wrong code") }
        }
    }

    impl From<Code> for String {
        fn from(code: Code) -> Self {
            code.0
        }
    }

    impl Code {
        pub fn new() -> Self {
            Self("open sesame".to_owned())
        }
    }

    #[derive(Debug, Clone, Serialize, Deserialize, Event)]
    pub struct Counted {
        #[serde(default, skip_serializing_if = "is_many")]
        pub count: u32,
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
    fn is_many(count: &u32) -> bool {
        *count > 1_000_000
    }
});

// Every kind of type.
program!(wide lists(Everything, Flat, Code) with() {
    use std::collections::{BTreeMap, HashMap};
    use std::num::NonZeroU16;

    use jiff::Timestamp;
    use jiff::civil::Date;
    use rust_decimal::Decimal;
    use uuid::Uuid;

    #[derive(Debug, Clone, Serialize, Deserialize, Event)]
    pub struct Everything {
        pub id: Uuid,
        pub at: Timestamp,
        pub on: Option<Date>,
        pub total: Decimal,
        pub pieces: NonZeroU16,
        pub ratio: f64,
        pub letter: char,
        pub names: BTreeMap<String, u8>,
        pub counts: HashMap<String, Vec<(bool, i64)>>,
        pub maybe: Option<Tagged>,
        pub tagged: Tagged,
        pub adjacent: Adjacent,
        pub untagged: Untagged,
        pub unit: (),
        pub three: [i8; 3],
    }

    #[derive(Debug, Clone, Serialize, Deserialize, Event)]
    pub struct Flat {
        pub name: String,
        #[serde(flatten)]
        pub beside: Beside,
    }

    #[derive(Debug, Clone, Serialize, Deserialize, Shape)]
    pub struct Beside {
        pub size: u64,
    }

    #[derive(Debug, Clone, Serialize, Deserialize, Shape)]
    #[serde(tag = "type")]
    pub enum Tagged {
        Card { last: u16 },
        Cash,
        Transfer { iban: String },
    }

    #[derive(Debug, Clone, Serialize, Deserialize, Shape)]
    #[serde(tag = "t", content = "c")]
    pub enum Adjacent {
        One(u8),
        Two(u8, String),
    }

    #[derive(Debug, Clone, Serialize, Deserialize, Shape)]
    #[serde(untagged)]
    pub enum Untagged {
        Number(u32),
        Text(String),
    }

    #[derive(Debug, Clone, Serialize, Deserialize, Event)]
    pub struct Code(pub String);
});

// One version is split, the next begins anew under the same name.
program!(anew lists(Placed) with(split(Torn),) {
    use eventide::schema::Split;

    #[derive(Debug, Clone, Serialize, Deserialize, Event)]
    #[event(version = 2, first = "version 1 is split")]
    pub struct Placed {
        pub sku: String,
    }

    #[derive(Debug, Clone, Serialize, Deserialize, Event)]
    #[event(name = "Placed")]
    pub struct Torn {
        pub skus: Vec<String>,
    }

    impl Split<Order> for Torn {
        type Into = Vec<Placed>;

        fn split(self) -> Vec<Placed> {
            self.skus.into_iter().map(|sku| Placed { sku }).collect()
        }
    }
});

// Written by hand, and wrong: two shapes of one version.
program!(contradicting lists(Placed) with() {
    use eventide::SchemaVersion;
    use eventide::event::{EventInfo, EventVisitor};
    use eventide::schema::shape::TypeShape;

    #[derive(Debug, Clone, Serialize, Deserialize)]
    pub struct Placed;

    #[derive(Debug, Clone, Serialize, Deserialize, Event)]
    #[event(name = "Placed")]
    pub struct Other;

    impl Event for Placed {
        const INFO: EventInfo = EventInfo::new("Placed", SchemaVersion::FIRST, "by hand", "")
            .shape(&TypeShape::opaque("placed"));

        fn visit_versions<V: EventVisitor>(visitor: &mut V) {
            visitor.visit::<Self>();
            visitor.visit::<Other>();
        }
    }

    impl<S> eventide::__private::Asks<S> for Placed {
        fn find(_: &S, _: std::any::TypeId) -> Option<&(dyn std::any::Any + Send + Sync)> {
            None
        }
    }
});

// The chain begins above what was stored.
program!(forgetful lists(Placed) with() {
    #[derive(Debug, Clone, Serialize, Deserialize, Event)]
    #[event(version = 2, first = "nothing was stored before")]
    pub struct Placed {
        pub sku: String,
    }
});

// Written by hand, and wrong: a step over a version.
program!(leaping lists(Placed) with() {
    use eventide::SchemaVersion;
    use eventide::event::{EventInfo, EventVisitor, Step};
    use eventide::schema::shape::TypeShape;

    #[derive(Debug, Clone, Serialize, Deserialize)]
    pub struct Placed;

    #[derive(Debug, Clone, Serialize, Deserialize, Event)]
    #[event(name = "Placed")]
    pub struct Old;

    impl Event for Placed {
        const INFO: EventInfo = EventInfo::new("Placed", SchemaVersion::new(3), "by hand", "")
            .shape(&TypeShape::scalar("unit"))
            .step(Step::Written(&<Old as Event>::INFO));

        fn visit_versions<V: EventVisitor>(visitor: &mut V) {
            visitor.visit::<Self>();
            <Old as Event>::visit_versions(visitor);
        }
    }

    impl<S> eventide::__private::Asks<S> for Placed {
        fn find(_: &S, _: std::any::TypeId) -> Option<&(dyn std::any::Any + Send + Sync)> {
            None
        }
    }
});

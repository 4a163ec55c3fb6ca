//! The same event and the same steps without the framework: a struct per version and a `match`.

use eventide::RecordedEvent;
use serde::Deserialize;
use serde_json::from_slice;

#[derive(Debug, Deserialize)]
struct LineAddedV1 {
    code: String,
    description: String,
    quantity: u32,
}

#[derive(Debug, Deserialize)]
struct LineAddedV2 {
    code: String,
    description: String,
    quantity: u32,
    currency: Currency,
}

#[derive(Debug, Deserialize)]
struct LineAddedV3 {
    sku: String,
    description: String,
    quantity: u32,
    currency: Currency,
}

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "read by Debug")]
pub(crate) struct LineAdded {
    sku: String,
    description: String,
    quantity: Quantity,
    currency: Currency,
}

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "read by Debug")]
struct Quantity {
    pieces: u32,
}

#[derive(Debug, Deserialize)]
enum Currency {
    Gbp,
    Eur,
}

impl From<LineAddedV1> for LineAddedV2 {
    fn from(old: LineAddedV1) -> Self {
        Self {
            code: old.code,
            description: old.description,
            quantity: old.quantity,
            currency: Currency::Gbp,
        }
    }
}

impl From<LineAddedV2> for LineAddedV3 {
    fn from(old: LineAddedV2) -> Self {
        Self {
            sku: old.code,
            description: old.description,
            quantity: old.quantity,
            currency: old.currency,
        }
    }
}

impl From<LineAddedV3> for LineAdded {
    fn from(old: LineAddedV3) -> Self {
        Self {
            sku: old.sku,
            description: old.description,
            quantity: Quantity {
                pieces: old.quantity,
            },
            currency: old.currency,
        }
    }
}

/// Through every step from the version it was stored in.
pub(crate) fn decode(event: &RecordedEvent) -> LineAdded {
    assert!(&*event.event_type == "LineAdded");
    let json = &event.payload;
    match event.schema_version.get() {
        1 => {
            let first: LineAddedV1 = from_slice(json).unwrap();
            LineAddedV3::from(LineAddedV2::from(first)).into()
        }
        2 => LineAddedV3::from(from_slice::<LineAddedV2>(json).unwrap()).into(),
        3 => from_slice::<LineAddedV3>(json).unwrap().into(),
        4 => from_slice(json).unwrap(),
        other => unreachable!("there is no version {other}"),
    }
}

/// The present version alone.
pub(crate) fn present(event: &RecordedEvent) -> LineAdded {
    from_slice(&event.payload).unwrap()
}

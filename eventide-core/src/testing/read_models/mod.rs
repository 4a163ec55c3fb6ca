//! Tests of read models: a view on given events, and laws for views and projections.

mod any_domain;
mod apart;
mod came;
mod folded;
mod given;
mod laws;
mod log;
mod way;

pub use any_domain::AnyDomain;
pub use folded::ThenDocuments;
pub use given::{GivenLog, ViewTest};
pub use laws::{
    Made, OfProjection, OfView, ReadModelLaw, ReadModelLaws, ReadModelSummary, ReadModelViolation,
    projection_laws, view_laws,
};

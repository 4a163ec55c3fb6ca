//! Which generation of a view serves its readers.

use eventide_core::store::StoreError;
use tokio_postgres::types::Type;

use crate::sql::{Schema, Sql};
use crate::subscriptions::{Asking, ReadSide};

const SERVE: &str = "choose what serves the readers of a view of";

#[derive(Debug)]
pub(crate) struct Serving {
    serving: Sql,
    serve: Sql,
}

impl Serving {
    pub(crate) fn new(schema: &Schema) -> Self {
        Self {
            serving: schema.sql(
                "SELECT generation FROM @schema@.view_generations WHERE view = $1 AND version = $2",
                [Type::TEXT, Type::INT8],
            ),
            serve: schema.sql(
                "INSERT INTO @schema@.view_generations (view, version, generation) VALUES ($1, $2, $3)
                 ON CONFLICT (view, version) DO UPDATE SET generation = excluded.generation",
                [Type::TEXT, Type::INT8, Type::INT8],
            ),
        }
    }
}

impl ReadSide {
    pub(crate) async fn serve(
        &self,
        view: &str,
        version: u32,
        generation: u32,
    ) -> Result<(), StoreError> {
        let (version, generation) = (i64::from(version), i64::from(generation));
        let params: [&(dyn tokio_postgres::types::ToSql + Sync); 3] =
            [&view, &version, &generation];
        self.ask(SERVE, &self.serving.serve, &params).await?;
        Ok(())
    }
}

impl Asking<'_> {
    /// The first, until another is chosen.
    pub(crate) async fn serving(&self, view: &str, version: u32) -> Result<u32, StoreError> {
        let version = i64::from(version);
        let rows = self
            .ask("read", &self.kept.serving.serving, &[&view, &version])
            .await?;
        let Some(row) = rows.first() else {
            return Ok(1);
        };
        let generation: i64 = row
            .try_get(0)
            .map_err(|source| self.kept.place().failed("read", source))?;
        u32::try_from(generation).map_err(|source| {
            let what = format!("what serves the readers of view `{view}`");
            self.kept
                .place()
                .damaged(&what, "its generation is none")
                .with_source(source)
        })
    }
}

//! Which generation of a view serves its readers.

use std::collections::HashSet;

use eventide_core::store::StoreError;
use eventide_core::subscription::{Lease, LeaseError};
use tokio_postgres::types::{ToSql, Type};

use crate::sql::{Schema, Sql};
use crate::subscriptions::{Asking, ReadSide, columns, lost};

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
            // Waits for whoever takes one of the leases, and compares after it; who wants one later
            // waits for this. Tells the numbers of those that are held.
            serve: schema.sql(
                "WITH held AS MATERIALIZED (
                    SELECT h.number FROM unnest($4::text[], $5::int4[], $6::int8[])
                        WITH ORDINALITY AS h (subscription, partition, token, number)
                    JOIN @schema@.subscription_partitions p
                        ON p.subscription = h.subscription AND p.partition = h.partition
                    WHERE p.token = h.token AND p.owner IS NOT NULL
                    ORDER BY p.subscription, p.partition FOR UPDATE OF p
                 ), served AS (
                    INSERT INTO @schema@.view_generations (view, version, generation)
                    SELECT $1, $2, $3 WHERE (SELECT count(*) FROM held) = cardinality($4::text[])
                    ON CONFLICT (view, version) DO UPDATE SET generation = excluded.generation
                 )
                 SELECT number FROM held",
                [
                    Type::TEXT,
                    Type::INT8,
                    Type::INT8,
                    Type::TEXT_ARRAY,
                    Type::INT4_ARRAY,
                    Type::INT8_ARRAY,
                ],
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
        held: &[Lease],
    ) -> Result<(), LeaseError> {
        let (version, generation) = (i64::from(version), i64::from(generation));
        let (mut names, mut partitions, mut tokens) = (Vec::new(), Vec::new(), Vec::new());
        for (name, partition, token) in held.iter().map(columns) {
            names.push(name);
            partitions.push(partition);
            tokens.push(token);
        }
        let params: [&(dyn ToSql + Sync); _] =
            [&view, &version, &generation, &names, &partitions, &tokens];
        let rows = self.ask(SERVE, &self.serving.serve, &params).await?;
        let found = rows.iter().map(|row| row.try_get(0));
        let found = found.collect::<Result<HashSet<i64>, _>>();
        let found = found.map_err(|source| self.place().failed(SERVE, source))?;
        let mut numbered = (1..).zip(held);
        match numbered.find(|(number, _)| !found.contains(number)) {
            Some((_, lease)) => Err(lost(lease)),
            None => Ok(()),
        }
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

//! The tables of views: made, found again, dropped.

use eventide_core::store::{StoreError, StoreErrorKind};
use eventide_core::view::ViewTable;
use tokio_postgres::Row;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::Type;

use super::column::{Kind, declared, fit, name_of, shown};
use crate::link::{Session, patiently};
use crate::migrate::role;
use crate::sql::{Schema, Sql};
use crate::subscriptions::ReadSide;
use crate::value::Wrong;
use crate::whole::{Statement, Trouble, Whole};

const MAKE: &str = "make a view in";
const DROP: &str = "drop a view of";

/// The longest name of a table, so that those of its indexes are not cut.
const LONGEST: usize = 54;

/// The table of a view, as the database knows it.
#[derive(Debug)]
pub(super) struct Table {
    /// Its name, in its schema and in quotes.
    pub(super) name: String,
    /// Its name alone.
    bare: String,
    pub(super) columns: Vec<Column>,
}

/// A typed column.
#[derive(Debug)]
pub(super) struct Column {
    /// The field's name.
    pub(super) field: &'static str,
    /// The column's name, in quotes.
    pub(super) name: String,
    bare: String,
    pub(super) kind: Kind,
    unique: bool,
}

impl Table {
    fn new(schema: &Schema, table: &ViewTable) -> Option<Self> {
        let bare = fit(table.sql_name(), LONGEST);
        let column = |column: &eventide_core::view::Column| {
            let bare = name_of(column.name);
            Some(Column {
                field: column.name,
                name: quoted(&bare),
                bare,
                kind: Kind::of(column.kind)?,
                unique: column.unique,
            })
        };
        Some(Self {
            name: schema.put_into(&format!("@schema@.{}", quoted(&bare))),
            columns: table.columns.iter().map(column).collect::<Option<_>>()?,
            bare,
        })
    }

    pub(super) fn column(&self, field: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.field == field)
    }

    /// The column whose values that constraint keeps apart.
    pub(super) fn kept_apart_by(&self, constraint: &str) -> Option<(usize, &Column)> {
        let mut columns = self.columns.iter().enumerate();
        columns.find(|(n, _)| self.constraint(*n) == constraint)
    }

    fn constraint(&self, n: usize) -> String {
        format!("{}_u{n}", self.bare)
    }

    fn script(&self) -> String {
        let Self { name, bare, .. } = self;
        let key = quoted(&format!("{bare}_key"));
        let mut parts = vec![
            format!("key text COLLATE \"C\" NOT NULL CONSTRAINT {key} PRIMARY KEY"),
            "document json NOT NULL".to_owned(),
            "changed_by bigint NOT NULL".to_owned(),
        ];
        let mut indexes = Vec::new();
        for (n, column) in self.columns.iter().enumerate() {
            let of = &column.name;
            parts.push(format!("{of} {}", declared(column.kind)));
            if column.unique {
                // Judged by what a whole step comes to, in whatever order it is written.
                let constraint = quoted(&self.constraint(n));
                parts.push(format!(
                    "CONSTRAINT {constraint} UNIQUE ({of}) DEFERRABLE INITIALLY DEFERRED"
                ));
            }
            let index = quoted(&format!("{bare}_i{n}"));
            indexes.push(format!(
                "CREATE INDEX {index} ON {name} ({of} NULLS FIRST, key);\n"
            ));
        }
        let (parts, indexes) = (parts.join(", "), indexes.concat());
        format!("CREATE TABLE {name} ({parts});\n{indexes}")
    }

    /// Whether the columns found are its own, if any were found.
    fn check(&self, found: &[Row]) -> Result<Option<bool>, Wrong> {
        if found.is_empty() {
            return Ok(None);
        }
        let own = [
            ("key", "text"),
            ("document", "json"),
            ("changed_by", "bigint"),
        ];
        let own = own.map(|(name, kind)| (name, kind, name == "key"));
        let typed = self.columns.iter();
        let typed = typed.map(|it| (&*it.bare, shown(it.kind), it.unique));
        let mut wanted = own.into_iter().chain(typed);
        for row in found {
            let column = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
            if wanted.next() != Some(column) {
                return Ok(Some(false));
            }
        }
        Ok(Some(wanted.next().is_none()))
    }
}

pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The columns of a table, with their types, and whether they have to be unique.
fn columns_of(table: &Table) -> Statement<'_> {
    let sql = Sql {
        text: "SELECT a.attname::text, format_type(a.atttypid, a.atttypmod), EXISTS (
                    SELECT FROM pg_index i WHERE i.indrelid = a.attrelid AND i.indisunique
                        AND i.indnatts = 1 AND i.indkey[0] = a.attnum
               )
               FROM pg_attribute a
               WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped
               ORDER BY a.attnum"
            .to_owned(),
        types: vec![Type::TEXT],
    };
    Statement::new(sql, vec![Box::new(&*table.name)])
}

impl ReadSide {
    /// The table of a view.
    pub(super) fn table(&self, attempt: &str, view: &ViewTable) -> Result<Table, StoreError> {
        Table::new(&self.schema, view).ok_or_else(|| {
            let why = format!(
                "view `{}` has a column of a kind that came after this store",
                view.name
            );
            self.place().error(StoreErrorKind::Newer, attempt, &why)
        })
    }

    /// Whether there is one, with these columns.
    pub(crate) async fn has_view(&self, view: &ViewTable) -> Result<bool, StoreError> {
        let table = self.table(MAKE, view)?;
        let columns = columns_of(&table);
        let found: Vec<Row> = patiently!(&mut self.link.retry("read"), |session| columns
            .rows(&session))?;
        self.judge(&table, &found)
    }

    fn judge(&self, table: &Table, found: &[Row]) -> Result<bool, StoreError> {
        let why = match table.check(found) {
            Ok(Some(false)) => format!(
                "`{}` has other columns: raise the view's version, so that it is built anew",
                table.bare
            ),
            Ok(found) => return Ok(found.is_some()),
            Err(source) => {
                let what = format!("what is known of the table `{}`", table.bare);
                let damaged = self.place().damaged(&what, "a column has the wrong form");
                return Err(damaged.with_source(source));
            }
        };
        Err(self.place().error(StoreErrorKind::NotOurs, MAKE, &why))
    }

    /// Makes it, unless somebody else does so now.
    pub(crate) async fn make_view(&self, view: &ViewTable) -> Result<(), StoreError> {
        let table = self.table(MAKE, view)?;
        let mut retry = self.link.retry(MAKE);
        loop {
            let session = retry.session().await?;
            match self.try_make(session, &table).await {
                Ok(made) => return made,
                Err(trouble) => retry.after(trouble).await?,
            }
        }
    }

    async fn try_make(
        &self,
        session: Session,
        table: &Table,
    ) -> Result<Result<(), StoreError>, Trouble> {
        let lock = Sql {
            // 'evtv', and a number made of the table's name.
            text: "SELECT pg_advisory_xact_lock(1702261878, hashtext($1))".to_owned(),
            types: vec![Type::TEXT],
        };
        let lock = Statement::new(lock, vec![Box::new(&*table.name)]);
        let (mut whole, _) = Whole::begin(session, &lock).await?;
        let looked = [columns_of(table), self.roles()];
        let looked = whole.rows(&looked).await?;
        let mut looked = looked.iter();
        let found = looked.next().map_or(&[][..], |rows| rows);
        match self.judge(table, found) {
            Ok(false) => {}
            there => {
                whole.undo().await;
                return Ok(there.map(|_| ()));
            }
        }
        let roles = looked.next().map_or(&[][..], |rows| rows);
        let grants = grants(&table.name, roles).map_err(Trouble::Failed)?;
        whole.script(&(table.script() + &grants)).await?;
        whole.commit().await?;
        Ok(Ok(()))
    }

    /// Those of the store's roles that are there and may use the schema.
    fn roles(&self) -> Statement<'_> {
        let sql = Sql {
            text: "SELECT r.rolname::text, r.rolname = $2 AND pg_has_role(r.oid, 'MEMBER')
                   FROM pg_roles r WHERE r.rolname = ANY ($1)
                    AND has_schema_privilege(r.oid, to_regnamespace($3)::oid, 'USAGE')
                    AND (r.rolname <> $2
                        OR has_schema_privilege(r.oid, to_regnamespace($3)::oid, 'CREATE'))"
                .to_owned(),
            types: vec![Type::TEXT_ARRAY, Type::TEXT, Type::TEXT],
        };
        let names = ["projector", "reader", "writer"].map(|it| role(&self.schema_name, it));
        let [projector, ..] = names.clone();
        let schema = self.schema.put_into("@schema@");
        let names: Vec<String> = names.into();
        Statement::new(
            sql,
            vec![Box::new(names), Box::new(projector), Box::new(schema)],
        )
    }

    pub(crate) async fn drop_view(&self, view: &ViewTable) -> Result<(), StoreError> {
        let table = self.table(DROP, view)?;
        let sql = format!("DROP TABLE IF EXISTS {}", table.name);
        patiently!(&mut self.link.retry(DROP), |session| session
            .client
            .batch_execute(&sql))
    }

    /// What a statement on a view's table says where there is none.
    pub(super) fn no_such_view(&self, attempt: &str, table: &Table) -> StoreError {
        let why = format!("there is no view `{}`; open it first", table.bare);
        self.place().error(StoreErrorKind::Other, attempt, &why)
    }
}

/// Lets the others of the store's roles at a table; one of a projector's is of all projectors.
fn grants(table: &str, roles: &[Row]) -> Result<String, tokio_postgres::Error> {
    let (mut grants, mut owner) = (Vec::new(), String::new());
    for row in roles {
        let name = quoted(row.try_get(0)?);
        grants.push(format!("GRANT SELECT ON {table} TO {name};\n"));
        if row.try_get(1)? {
            owner = format!("ALTER TABLE {table} OWNER TO {name};\n");
        }
    }
    Ok(grants.concat() + &owner)
}

/// Whether a statement failed because its table is not there.
pub(super) fn is_missing(source: &tokio_postgres::Error) -> bool {
    source.code() == Some(&SqlState::UNDEFINED_TABLE)
}

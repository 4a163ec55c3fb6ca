//! Roles of least privilege, applied by an administrator; and a function that runs with its
//! owner's rights, whatever its caller put in its way.

#[path = "../support/mod.rs"]
mod support;

mod projectors;

use eventide_core::Version;
use eventide_core::snapshot::{Fingerprint, Snapshot};
use eventide_core::store::{
    AppendError, EventStore, LogFilter, LogQuery, SnapshotStore, StoreError, StreamQuery,
};
use eventide_postgres::{PostgresOptions, PostgresStore};
use support::{Database, append, options, stream};
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

/// A store with its roles, and logins that were granted them. Roles belong to the whole server, so
/// each test has a schema of its own name.
struct Shop {
    database: Database,
    schema: String,
}

impl Shop {
    async fn new(schema: &str) -> Self {
        let database = Database::empty().await;
        let shop = Self {
            schema: schema.to_owned(),
            database,
        };
        shop.options().migrate(&shop.database.url()).await.unwrap();
        let administrator = shop.database.connect().await;
        let roles = shop.options().roles();
        administrator.batch_execute(&roles).await.unwrap();
        for role in ["owner", "writer", "reader", "projector"] {
            let login = shop.login(role);
            let grant = format!("CREATE ROLE {login} LOGIN; GRANT {schema}_{role} TO {login}");
            administrator.batch_execute(&grant).await.unwrap();
        }
        let nobody = format!("CREATE ROLE {} LOGIN", shop.login("nobody"));
        administrator.batch_execute(&nobody).await.unwrap();
        shop
    }

    fn options(&self) -> PostgresOptions {
        options().schema(&self.schema)
    }

    fn login(&self, role: &str) -> String {
        format!("{}_login_{role}", self.schema)
    }

    fn url(&self, role: &str) -> String {
        let user = format!("//{}@", self.login(role));
        self.database.url().replace("//postgres@", &user)
    }

    async fn open(&self, role: &str) -> PostgresStore {
        self.options().open(&self.url(role)).await.unwrap()
    }

    async fn connect(&self, role: &str) -> Client {
        let mut config = self.database.server.config(&self.database.name);
        config.user(self.login(role));
        let (client, connection) = config.connect(tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    }

    /// What PostgreSQL answers `role` to each of `statements`, of which it may do none.
    async fn assert_denied(&self, role: &str, statements: &[&str]) {
        let client = self.connect(role).await;
        for statement in statements {
            let statement = statement.replace('@', &self.schema);
            let denied = client.batch_execute(&statement).await;
            let denied = denied.expect_err(&format!("{role}: {statement}"));
            assert_eq!(
                denied.code(),
                Some(&SqlState::INSUFFICIENT_PRIVILEGE),
                "{role}: {statement}: {denied:?}"
            );
        }
    }
}

const READ: [&str; 3] = [
    "SELECT * FROM @.events",
    "SELECT * FROM @.commands",
    "SELECT * FROM @.snapshots",
];

/// To get at the log other than by the function.
const WRITE: [&str; 12] = [
    "INSERT INTO @.events SELECT * FROM @.events",
    "INSERT INTO @.commands SELECT * FROM @.commands",
    "INSERT INTO @.event_tags SELECT * FROM @.event_tags",
    "INSERT INTO @.schema_versions SELECT * FROM @.schema_versions",
    "INSERT INTO @.log DEFAULT VALUES",
    "INSERT INTO @.migrations (step, name) VALUES (9, 'x')",
    "UPDATE @.events SET version = 7",
    "DELETE FROM @.events",
    "TRUNCATE @.events",
    "DELETE FROM @.migrations",
    "DO $$ BEGIN LOCK TABLE @.events IN ACCESS EXCLUSIVE MODE; END $$",
    "SELECT @.lock_log()",
];

/// To change what protects it.
const ALTER: [&str; 9] = [
    "ALTER TABLE @.events DISABLE TRIGGER append_only",
    "DROP TRIGGER append_only ON @.events",
    "CREATE TRIGGER mine BEFORE INSERT ON @.events EXECUTE FUNCTION @.refuse_change()",
    "ALTER TABLE @.events ADD COLUMN mine int",
    "DROP TABLE @.events",
    "DROP FUNCTION @.append",
    "CREATE INDEX mine ON @.events (version)",
    "CREATE RULE mine AS ON INSERT TO @.events DO INSTEAD NOTHING",
    "SET ROLE @_owner",
];

/// To write what is kept for subscriptions.
const PROJECT: [&str; 7] = [
    "DELETE FROM @.subscriptions",
    "UPDATE @.subscription_partitions SET token = 0",
    "UPDATE @.subscription_checkpoints SET position = 0",
    "DELETE FROM @.dead_letters",
    "INSERT INTO @.dead_letter_decisions OVERRIDING USER VALUE \
     SELECT * FROM @.dead_letter_decisions",
    "DELETE FROM @.subscription_routes",
    "TRUNCATE @.subscription_checkpoints",
];

const CREATE: [&str; 2] = [
    "CREATE TABLE @.mine (id int)",
    "CREATE FUNCTION @.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
];

/// A call of the append function without any request.
const CALL: &str = "SELECT @.append(now(), 0, NULL, false, '{}', '{}', '{}', '{}', '{}', '{}', \
    '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', \
    '{}', '{}', '{}', '{}', '{}')";

async fn reads(store: &PostgresStore, events: usize) {
    let by_type = LogFilter {
        event_types: vec!["LineAdded".to_owned()],
        ..LogFilter::default()
    };
    for filter in [LogFilter::default(), by_type] {
        let query = LogQuery::default().filter(filter);
        assert_eq!(store.read_log(query).await.unwrap().events.len(), events);
    }
    let page = store
        .read_stream(&stream("a"), StreamQuery::default())
        .await
        .unwrap();
    assert_eq!(page.events.len(), events);
    store.handled_commands(&[support::command()]).await.unwrap();
    store.seen_versions("Order").await.unwrap();
    store.count_versions().await.unwrap();
    store.load_snapshot(&stream("a")).await.unwrap();
    store.lock_holders().await.unwrap();
}

fn snapshot() -> Snapshot {
    Snapshot {
        stream: stream("a"),
        version: Version::new(1),
        recorded_at: jiff::Timestamp::UNIX_EPOCH,
        fingerprint: Fingerprint::from_u64(7),
        payload: b"{}".to_vec(),
        checksum: 7,
    }
}

fn assert_advice(error: &StoreError, role: &str) {
    let why = error.to_string();
    assert!(
        why.contains(&format!("grant it the store's {role} role")),
        "{why}"
    );
    assert!(!error.is_retryable());
}

#[tokio::test]
async fn a_writer_appends_by_the_function_alone() {
    let shop = Shop::new("of_writer").await;
    let store = shop.open("writer").await;
    store.append(append(&stream("a"), 2)).await.unwrap();
    reads(&store, 2).await;
    store.save_snapshot(snapshot()).await.unwrap();
    store.save_snapshot(snapshot()).await.unwrap();
    store.delete_snapshot(&stream("a")).await.unwrap();
    // Nothing is to be done, so nothing is asked that needs more rights.
    let again = shop.options().migrate(&shop.url("writer")).await;
    assert_eq!(again.unwrap(), []);
    for deeds in [&WRITE[..], &ALTER, &CREATE, &PROJECT] {
        shop.assert_denied("writer", deeds).await;
    }
}

#[tokio::test]
async fn a_reader_reads_and_is_told_what_it_lacks() {
    let shop = Shop::new("of_reader").await;
    let writer = shop.open("writer").await;
    writer.append(append(&stream("a"), 2)).await.unwrap();
    let store = shop.open("reader").await;
    reads(&store, 2).await;
    match store.append(append(&stream("a"), 1)).await.unwrap_err() {
        AppendError::Store(error) => assert_advice(&error, "writer"),
        other => panic!("{other:?}"),
    }
    assert_advice(
        &store.save_snapshot(snapshot()).await.unwrap_err(),
        "writer",
    );
    reads(&store, 2).await;
    let snapshots = "DELETE FROM @.snapshots";
    for deeds in [&WRITE[..], &ALTER, &CREATE, &PROJECT, &[CALL, snapshots]] {
        shop.assert_denied("reader", deeds).await;
    }
}

#[tokio::test]
async fn a_projector_reads_and_keeps_tables_of_its_own() {
    let shop = Shop::new("of_projector").await;
    let writer = shop.open("writer").await;
    writer.append(append(&stream("a"), 2)).await.unwrap();
    reads(&shop.open("projector").await, 2).await;
    let projector = shop.connect("projector").await;
    projector
        .batch_execute(
            "CREATE TABLE of_projector.totals AS SELECT aggregate_id, count(*) AS lines \
             FROM of_projector.events GROUP BY 1; UPDATE of_projector.totals SET lines = 3",
        )
        .await
        .unwrap();
    for deeds in [&WRITE[..], &ALTER, &[CALL]] {
        shop.assert_denied("projector", deeds).await;
    }
    // Applied again after a migration, the script leaves its tables alone.
    let administrator = shop.database.connect().await;
    let roles = shop.options().roles();
    administrator.batch_execute(&roles).await.unwrap();
    projector
        .batch_execute("UPDATE of_projector.totals SET lines = 4; DROP TABLE of_projector.totals")
        .await
        .unwrap();
}

#[tokio::test]
async fn a_projector_s_function_of_the_same_name_catches_no_append() {
    let shop = Shop::new("of_trap").await;
    let trap = "CREATE FUNCTION of_trap.append(VARIADIC a anyarray) RETURNS int LANGUAGE plpgsql \
                AS $$ BEGIN RAISE 'trapped'; END $$;
                CREATE FUNCTION of_trap.bounds(boolean, int8, timestamptz, timestamptz, text, \
                OUT head int8, OUT after int8, OUT before int8, OUT cut boolean) \
                LANGUAGE plpgsql AS $$ BEGIN RAISE 'trapped'; END $$;
                CREATE FUNCTION of_trap.int4(int8) RETURNS int LANGUAGE plpgsql \
                AS $$ BEGIN RAISE 'trapped'; END $$";
    shop.connect("projector")
        .await
        .batch_execute(trap)
        .await
        .unwrap();
    let store = shop.open("writer").await;
    store.append(append(&stream("a"), 2)).await.unwrap();
    reads(&store, 2).await;
    let administrator = shop.database.connect().await;
    let roles = shop.options().roles();
    administrator.batch_execute(&roles).await.unwrap();
    store.append(append(&stream("a"), 1)).await.unwrap();
}

#[tokio::test]
async fn whoever_was_granted_nothing_can_do_nothing() {
    let shop = Shop::new("of_nobody").await;
    let refused = shop.options().open(&shop.url("nobody")).await.unwrap_err();
    assert_advice(&refused, "writer");
    for deeds in [&READ[..], &WRITE, &ALTER, &CREATE, &PROJECT, &[CALL]] {
        shop.assert_denied("nobody", deeds).await;
    }
    // Not even where everybody may look into the schema.
    let administrator = shop.database.connect().await;
    let usage = "GRANT USAGE ON SCHEMA of_nobody TO PUBLIC";
    administrator.batch_execute(usage).await.unwrap();
    for deeds in [&READ[..], &WRITE, &ALTER, &CREATE, &PROJECT, &[CALL]] {
        shop.assert_denied("nobody", deeds).await;
    }
}

#[tokio::test]
async fn an_owner_migrates_and_may_not_change_the_log_either() {
    let shop = Shop::new("of_owner").await;
    let store = shop.open("writer").await;
    store.append(append(&stream("a"), 2)).await.unwrap();
    let again = shop.options().migrate(&shop.url("owner")).await;
    assert_eq!(again.unwrap(), []);
    let owner = shop.connect("owner").await;
    for deed in [
        "UPDATE of_owner.events SET version = 7",
        "DELETE FROM of_owner.events",
    ] {
        let refused = owner.batch_execute(deed).await.unwrap_err();
        assert_eq!(
            refused.code(),
            Some(&SqlState::RESTRICT_VIOLATION),
            "{refused:?}"
        );
    }
    // What a later step would do.
    owner
        .batch_execute("ALTER TABLE of_owner.events ADD COLUMN later int")
        .await
        .unwrap();
}

#[tokio::test]
async fn an_owner_makes_the_tables_in_a_schema_it_was_given() {
    let database = Database::empty().await;
    let administrator = database.connect().await;
    administrator
        .batch_execute(
            "CREATE ROLE given_login LOGIN; CREATE SCHEMA given AUTHORIZATION given_login",
        )
        .await
        .unwrap();
    let options = options().schema("given");
    let url = database.url().replace("//postgres@", "//given_login@");
    let made = options.clone().migrate(&url).await.unwrap();
    assert_eq!(made, options.migrations());
    administrator.batch_execute(&options.roles()).await.unwrap();
}

#[tokio::test]
async fn the_script_knows_every_table_and_function_of_the_store() {
    let shop = Shop::new("of_all").await;
    let administrator = shop.database.connect().await;
    let roles = shop.options().roles();
    administrator.batch_execute(&roles).await.unwrap();
    let left = "SELECT relname::text FROM pg_class WHERE relnamespace = 'of_all'::regnamespace \
                AND relowner <> 'of_all_owner'::regrole \
                UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = 'of_all'::regnamespace \
                AND proowner <> 'of_all_owner'::regrole \
                UNION ALL SELECT nspname FROM pg_namespace WHERE nspname = 'of_all' \
                AND nspowner <> 'of_all_owner'::regrole";
    let left = administrator.query(left, &[]).await.unwrap();
    let left: Vec<&str> = left.iter().map(|row| row.get(0)).collect();
    assert_eq!(left, [""; 0], "owned by whoever migrated");
}

#[tokio::test]
async fn long_names_that_begin_alike_have_roles_of_their_own() {
    let database = Database::empty().await;
    let client = database.connect().await;
    let names = ["a", "b"].map(|last| format!("{}{last}", "long_".repeat(12)));
    for name in &names {
        let options = options().schema(name);
        options.clone().migrate(&database.url()).await.unwrap();
        client.batch_execute(&options.roles()).await.unwrap();
    }
    let query = "SELECT rolname::text FROM pg_roles WHERE rolname LIKE 'long\\_%' ORDER BY 1";
    let roles = client.query(query, &[]).await.unwrap();
    assert_eq!(roles.len(), 8, "{roles:?}");
}

/// The caller's schema, first on its path, has tables, functions and operators of the same names:
/// what runs with the owner's rights must touch none of them.
#[tokio::test]
async fn the_function_looks_nothing_up_on_its_caller_s_path() {
    let shop = Shop::new("of_path").await;
    let writer = shop.connect("writer").await;
    let administrator = shop.database.connect().await;
    administrator
        .batch_execute(
            "CREATE SCHEMA evil AUTHORIZATION of_path_login_writer;
             CREATE TABLE public.stolen (who text);
             GRANT INSERT ON public.stolen TO PUBLIC",
        )
        .await
        .unwrap();
    let steal = "AS $$ BEGIN INSERT INTO public.stolen VALUES (current_user); \
                 RETURN NULL; END $$";
    writer
        .batch_execute(&format!(
            "CREATE TABLE evil.events (LIKE of_path.events);
             CREATE TABLE evil.commands (LIKE of_path.commands);
             CREATE FUNCTION evil.pg_advisory_xact_lock(int, int) RETURNS text LANGUAGE plpgsql {steal};
             CREATE FUNCTION evil.unnest(text[]) RETURNS text LANGUAGE plpgsql {steal};
             CREATE FUNCTION evil.cardinality(uuid[]) RETURNS int LANGUAGE plpgsql {steal};
             CREATE FUNCTION evil.array_agg_f(int8[], int8) RETURNS int8[] LANGUAGE plpgsql {steal};
             CREATE AGGREGATE evil.array_agg(int8) (SFUNC = evil.array_agg_f, STYPE = int8[]);
             CREATE FUNCTION evil.eq(text, text) RETURNS boolean LANGUAGE plpgsql {steal};
             CREATE FUNCTION evil.eq(int8, int8) RETURNS boolean LANGUAGE plpgsql {steal};
             CREATE FUNCTION evil.eq(uuid, uuid) RETURNS boolean LANGUAGE plpgsql {steal};
             CREATE OPERATOR evil.= (LEFTARG = text, RIGHTARG = text, FUNCTION = evil.eq);
             CREATE OPERATOR evil.<> (LEFTARG = int8, RIGHTARG = int8, FUNCTION = evil.eq);
             CREATE OPERATOR evil.> (LEFTARG = int8, RIGHTARG = int8, FUNCTION = evil.eq);
             CREATE OPERATOR evil.= (LEFTARG = uuid, RIGHTARG = uuid, FUNCTION = evil.eq)"
        ))
        .await
        .unwrap();
    // Temporary tables come before all others, where a path does not say otherwise.
    let setting = "-c search_path=evil,pg_catalog,of_path";
    let url = format!(
        "{}?options={}",
        shop.url("writer"),
        setting.replace(' ', "%20")
    );
    let store = shop.options().open(&url).await.unwrap();
    store.append(append(&stream("a"), 2)).await.unwrap();
    writer
        .batch_execute(
            "CREATE TEMPORARY TABLE events (LIKE of_path.events);
             SET search_path = evil, pg_temp, pg_catalog",
        )
        .await
        .unwrap();
    writer
        .batch_execute(&CALL.replace('@', "of_path"))
        .await
        .unwrap();
    let stolen = "SELECT who FROM public.stolen WHERE who <> 'of_path_login_writer'";
    let stolen = administrator.query(stolen, &[]).await.unwrap();
    assert_eq!(stolen.len(), 0, "ran with the owner's rights");
    let events = "SELECT count(*) FROM of_path.events";
    let events: i64 = administrator.query_one(events, &[]).await.unwrap().get(0);
    assert_eq!(events, 2);
    let trapped = "SELECT count(*) FROM evil.events";
    let trapped: i64 = administrator.query_one(trapped, &[]).await.unwrap().get(0);
    assert_eq!(trapped, 0);
}

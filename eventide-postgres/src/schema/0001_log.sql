-- The log. A position is one above the last and is taken under the log's lock (see 0002_append.sql),
-- so the order of the log is the order of the commits.
CREATE TABLE @schema@.events (
    position       bigint      NOT NULL,
    version        bigint      NOT NULL,
    recorded_at    timestamptz NOT NULL, -- never decreasing along the log
    schema_version bigint      NOT NULL,
    event_id       uuid        NOT NULL,
    correlation_id uuid        NOT NULL,
    causation_id   uuid        NOT NULL,
    aggregate_type text        COLLATE "C" NOT NULL,
    aggregate_id   text        COLLATE "C" NOT NULL,
    event_type     text        COLLATE "C" NOT NULL,
    payload        @payload@,
    payload_bytes  bytea,                -- the payload, if it is not JSON
    metadata       json,                 -- the rest of the metadata, if there is any
    tags           text[],               -- those in event_tags, if there are any
    tenant         text        COLLATE "C",
    key_id         text        COLLATE "C",
    CONSTRAINT events_position PRIMARY KEY (position),
    CONSTRAINT events_version UNIQUE (aggregate_type, aggregate_id, version),
    CONSTRAINT events_id UNIQUE (event_id),
    CONSTRAINT events_payload CHECK ((payload IS NULL) <> (payload_bytes IS NULL))
);
CREATE INDEX events_by_type ON @schema@.events (event_type, position);

-- What an event can be found by across streams.
CREATE TABLE @schema@.event_tags (
    tag      text   COLLATE "C" NOT NULL,
    position bigint NOT NULL,
    CONSTRAINT event_tags_tag PRIMARY KEY (tag, position)
);

-- The commands that were handled, each once.
CREATE TABLE @schema@.commands (
    command_id     uuid   NOT NULL,
    after_version  bigint NOT NULL,
    events         bigint NOT NULL,
    position       bigint,              -- of its last event, if it caused any
    recorded_at    timestamptz,         -- by its append; null if it was copied from another store
    aggregate_type text   COLLATE "C" NOT NULL,
    aggregate_id   text   COLLATE "C" NOT NULL,
    CONSTRAINT commands_id PRIMARY KEY (command_id)
);

-- The shapes of events that were ever appended, each noted by the append that first brought it.
CREATE TABLE @schema@.schema_versions (
    aggregate_type text   COLLATE "C" NOT NULL,
    event_type     text   COLLATE "C" NOT NULL,
    schema_version bigint NOT NULL,
    CONSTRAINT schema_versions_shape PRIMARY KEY (aggregate_type, event_type, schema_version)
);

-- A cache of folded states. This one may be changed and deleted at will.
CREATE TABLE @schema@.snapshots (
    aggregate_type text        COLLATE "C" NOT NULL,
    aggregate_id   text        COLLATE "C" NOT NULL,
    version        bigint      NOT NULL,
    recorded_at    timestamptz NOT NULL,
    fingerprint    bigint      NOT NULL,
    checksum       bigint      NOT NULL,
    payload        bytea       NOT NULL,
    CONSTRAINT snapshots_stream PRIMARY KEY (aggregate_type, aggregate_id)
);

-- Which log this is: made once, never shared by two logs.
CREATE TABLE @schema@.log (
    single     boolean     NOT NULL DEFAULT true PRIMARY KEY CHECK (single),
    log_id     uuid        NOT NULL DEFAULT gen_random_uuid(),
    created_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO @schema@.log DEFAULT VALUES;

-- Append-only, whoever writes, replicas included.
CREATE FUNCTION @schema@.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the log is append-only: % of %.% is refused', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON @schema@.events
    FOR EACH STATEMENT EXECUTE FUNCTION @schema@.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON @schema@.event_tags
    FOR EACH STATEMENT EXECUTE FUNCTION @schema@.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON @schema@.commands
    FOR EACH STATEMENT EXECUTE FUNCTION @schema@.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON @schema@.schema_versions
    FOR EACH STATEMENT EXECUTE FUNCTION @schema@.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON @schema@.log
    FOR EACH STATEMENT EXECUTE FUNCTION @schema@.refuse_change();
ALTER TABLE @schema@.events ENABLE ALWAYS TRIGGER append_only;
ALTER TABLE @schema@.event_tags ENABLE ALWAYS TRIGGER append_only;
ALTER TABLE @schema@.commands ENABLE ALWAYS TRIGGER append_only;
ALTER TABLE @schema@.schema_versions ENABLE ALWAYS TRIGGER append_only;
ALTER TABLE @schema@.log ENABLE ALWAYS TRIGGER append_only;

-- Events are never updated, so pages may be full; vacuum has only to freeze them.
ALTER TABLE @schema@.events SET (fillfactor = 100);

-- Roles of least privilege; grant them to the roles that log in. Roles belong to the whole server: its
-- databases share those of the same name. Applying this again is harmless, and due after a migration.
--
-- owner      owns the tables and migrates them
-- writer     appends, by the function alone; reads; keeps snapshots
-- reader     reads
-- projector  reads; keeps subscriptions, dead letters and views, and may create tables of its own in this
--            schema for read models
DO $$ BEGIN
    IF to_regrole('@owner@') IS NULL THEN CREATE ROLE @owner@ NOLOGIN; END IF;
    IF to_regrole('@writer@') IS NULL THEN CREATE ROLE @writer@ NOLOGIN; END IF;
    IF to_regrole('@reader@') IS NULL THEN CREATE ROLE @reader@ NOLOGIN; END IF;
    IF to_regrole('@projector@') IS NULL THEN CREATE ROLE @projector@ NOLOGIN; END IF;
END $$;

GRANT USAGE ON SCHEMA @schema@ TO @reader@, @writer@, @projector@;
GRANT CREATE ON SCHEMA @schema@ TO @projector@;

DO $$
DECLARE
    object record;
BEGIN
    EXECUTE format('ALTER SCHEMA %s OWNER TO %s', '@schema@', '@owner@');
    -- By name: what projectors made here stays theirs.
    FOR object IN
        SELECT c.oid::regclass AS name FROM pg_class c
        WHERE c.relnamespace = '@schema@'::regnamespace AND c.relkind = 'r' AND c.relname IN (
            'commands', 'dead_letter_decisions', 'dead_letters', 'event_tags', 'events', 'forgotten_subscriptions',
            'log', 'migrations',
            'schema_versions', 'snapshots', 'subscription_checkpoints', 'subscription_partitions',
            'subscription_routes', 'subscriptions', 'view_generations'
        )
    LOOP
        EXECUTE format('ALTER TABLE %s OWNER TO %s', object.name, '@owner@');
        EXECUTE format('GRANT SELECT ON %s TO %s, %s, %s', object.name, '@reader@', '@writer@', '@projector@');
    END LOOP;
    -- The tables of views, whoever made them.
    FOR object IN
        SELECT c.oid::regclass AS name FROM pg_class c
        WHERE c.relnamespace = '@schema@'::regnamespace AND c.relkind = 'r' AND c.relname ~ '^view_.*_v[0-9]+_g[0-9]+'
    LOOP
        EXECUTE format('ALTER TABLE %s OWNER TO %s', object.name, '@projector@');
        EXECUTE format('GRANT SELECT ON %s TO %s, %s', object.name, '@reader@', '@writer@');
    END LOOP;
    FOR object IN
        SELECT p.oid::regprocedure AS name, p.proname FROM pg_proc p
        WHERE p.pronamespace = '@schema@'::regnamespace AND p.proname IN (
            'append', 'bounds', 'first_recorded', 'first_version', 'import_commands', 'import_events', 'lock_log',
            'refuse_change'
        )
    LOOP
        EXECUTE format('ALTER FUNCTION %s OWNER TO %s', object.name, '@owner@');
        IF object.proname = 'append' THEN
            EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %s', object.name, '@writer@');
        END IF;
    END LOOP;
END $$;

GRANT INSERT, UPDATE, DELETE ON @schema@.snapshots TO @writer@;
GRANT INSERT, UPDATE, DELETE ON
    @schema@.subscriptions, @schema@.subscription_partitions, @schema@.subscription_checkpoints,
    @schema@.dead_letters, @schema@.subscription_routes, @schema@.view_generations,
    @schema@.forgotten_subscriptions
TO @projector@;
-- What was decided stays.
GRANT INSERT ON @schema@.dead_letter_decisions TO @projector@;

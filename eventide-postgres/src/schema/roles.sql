-- Roles of least privilege. Grant them to the roles that log in, for example:
--     GRANT @writer@ TO shop_app;
--
-- owner      owns the tables and migrates them
-- writer     appends, by the function alone; reads; keeps snapshots
-- reader     reads
-- projector  reads, and may create tables of its own in this schema for read models
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = trim('"' FROM '@owner@')) THEN CREATE ROLE @owner@ NOLOGIN; END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = trim('"' FROM '@writer@')) THEN CREATE ROLE @writer@ NOLOGIN; END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = trim('"' FROM '@reader@')) THEN CREATE ROLE @reader@ NOLOGIN; END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = trim('"' FROM '@projector@')) THEN CREATE ROLE @projector@ NOLOGIN; END IF;
END $$;

DO $$
DECLARE
    object record;
BEGIN
    EXECUTE 'ALTER SCHEMA @schema@ OWNER TO @owner@';
    FOR object IN
        SELECT 'TABLE ' || c.oid::regclass AS name FROM pg_class c
        WHERE c.relnamespace = '@schema@'::regnamespace AND c.relkind = 'r'
        UNION ALL
        SELECT 'FUNCTION ' || p.oid::regprocedure FROM pg_proc p WHERE p.pronamespace = '@schema@'::regnamespace
    LOOP
        EXECUTE 'ALTER ' || object.name || ' OWNER TO @owner@';
    END LOOP;
END $$;

GRANT USAGE ON SCHEMA @schema@ TO @reader@, @writer@, @projector@;
GRANT SELECT ON ALL TABLES IN SCHEMA @schema@ TO @reader@, @writer@, @projector@;
GRANT EXECUTE ON FUNCTION @schema@.append TO @writer@;
GRANT INSERT, UPDATE, DELETE ON @schema@.snapshots TO @writer@;
GRANT CREATE ON SCHEMA @schema@ TO @projector@;

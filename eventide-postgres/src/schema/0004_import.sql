-- Importing: events of another log, exactly as they are there. For the owner of the tables: whoever may
-- only append may not choose positions and times.
--
-- If the log does not end at `a_after`, or a stream not where the import goes on, nothing is written,
-- and what was found tells.
CREATE FUNCTION @schema@.import_events(
    a_after          int8,
    f_aggregate_type text[],  -- the streams, each with the version that must be its last
    f_aggregate_id   text[],
    f_version        int8[],
    e_position       int8[],
    e_version        int8[],
    e_recorded_at    timestamptz[],
    e_id             uuid[],
    e_aggregate_type text[],
    e_aggregate_id   text[],
    e_event_type     text[],
    e_schema_version int8[],
    e_payload        @payload@[],
    e_payload_bytes  bytea[],
    e_correlation_id uuid[],
    e_causation_id   uuid[],
    e_metadata       json[],
    e_tags           text[],
    t_position       int8[],
    t_tag            text[],
    OUT head         int8,
    OUT recorded_at  timestamptz,  -- of the event at the head
    OUT versions     int8[]        -- the last of each of the streams
) LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off SET plan_cache_mode = force_generic_plan
AS $$
BEGIN
    PERFORM @schema@.lock_log();

    SELECT e.position, e.recorded_at INTO head, recorded_at
    FROM @schema@.events e ORDER BY e.position DESC LIMIT 1;
    head := coalesce(head, 0);
    SELECT array_agg(coalesce(last.version, 0) ORDER BY s.n) INTO versions
    FROM unnest(f_aggregate_type, f_aggregate_id) WITH ORDINALITY AS s (aggregate_type, aggregate_id, n)
    LEFT JOIN LATERAL (
        SELECT e.version FROM @schema@.events e
        WHERE e.aggregate_type = s.aggregate_type AND e.aggregate_id = s.aggregate_id
        ORDER BY e.version DESC LIMIT 1
    ) last ON true;
    IF head <> a_after OR recorded_at > e_recorded_at[1] OR versions <> f_version THEN
        RETURN;
    END IF;

    INSERT INTO @schema@.events (
        position, version, recorded_at, schema_version, event_id, correlation_id, causation_id,
        aggregate_type, aggregate_id, event_type, payload, payload_bytes, metadata, tags
    )
    SELECT
        e.position, e.version, e.recorded_at, e.schema_version, e.id, e.correlation_id, e.causation_id,
        e.aggregate_type, e.aggregate_id, e.event_type, e.payload, e.payload_bytes, e.metadata, e.tags::text[]
    FROM unnest(
        e_position, e_version, e_recorded_at, e_schema_version, e_id, e_correlation_id, e_causation_id,
        e_aggregate_type, e_aggregate_id, e_event_type, e_payload, e_payload_bytes, e_metadata, e_tags
    ) AS e (
        position, version, recorded_at, schema_version, id, correlation_id, causation_id,
        aggregate_type, aggregate_id, event_type, payload, payload_bytes, metadata, tags
    );
    INSERT INTO @schema@.event_tags (tag, position)
    SELECT t.tag, t.position FROM unnest(t_tag, t_position) AS t (tag, position);
    INSERT INTO @schema@.schema_versions (aggregate_type, event_type, schema_version)
    SELECT DISTINCT e.aggregate_type, e.event_type, e.schema_version
    FROM unnest(e_aggregate_type, e_event_type, e_schema_version) AS e (aggregate_type, event_type, schema_version)
    ON CONFLICT DO NOTHING;
END $$;

-- Commands that are known already with the same result are left as they are. If one is known with
-- another result, nothing is written, and it is what comes back.
CREATE FUNCTION @schema@.import_commands(
    c_id             uuid[],
    c_after_version  int8[],
    c_events         int8[],
    c_position       int8[],
    c_aggregate_type text[],
    c_aggregate_id   text[]
) RETURNS SETOF @schema@.commands LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off SET plan_cache_mode = force_generic_plan
AS $$
BEGIN
    PERFORM @schema@.lock_log();
    RETURN QUERY SELECT h.*
    FROM unnest(c_id, c_after_version, c_events, c_position, c_aggregate_type, c_aggregate_id)
        AS c (id, after_version, events, position, aggregate_type, aggregate_id)
    CROSS JOIN LATERAL (SELECT * FROM @schema@.commands h WHERE h.command_id = c.id OFFSET 0) h
    WHERE (h.after_version, h.events, h.aggregate_type, h.aggregate_id)
            <> (c.after_version, c.events, c.aggregate_type, c.aggregate_id)
        OR h.position IS DISTINCT FROM c.position
    LIMIT 1;
    IF FOUND THEN RETURN; END IF;
    INSERT INTO @schema@.commands (command_id, after_version, events, position, aggregate_type, aggregate_id)
    SELECT c.id, c.after_version, c.events, c.position, c.aggregate_type, c.aggregate_id
    FROM unnest(c_id, c_after_version, c_events, c_position, c_aggregate_type, c_aggregate_id)
        AS c (id, after_version, events, position, aggregate_type, aggregate_id)
    ON CONFLICT DO NOTHING;
END $$;

REVOKE ALL ON FUNCTION @schema@.import_events FROM PUBLIC;
REVOKE ALL ON FUNCTION @schema@.import_commands FROM PUBLIC;

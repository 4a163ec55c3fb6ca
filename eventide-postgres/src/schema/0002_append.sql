-- Appending: one call judges and writes a whole batch of requests, each by itself. It is the only way
-- to append for whoever does not own the tables.
--
-- Streams, commands, events, tags and shapes come as parallel arrays. Within one call a stream, a
-- command and an event are named once. Requests, streams and events are counted from 1.
--
-- The lock is held until the transaction ends, so positions are visible in their order, and none is
-- taken by a transaction that rolls back. What is read after it, in statements of their own, is what
-- every earlier holder committed.
CREATE FUNCTION @schema@.lock_log() RETURNS void LANGUAGE sql VOLATILE AS $$
    -- 'evtd', and the table's own number, so that logs of one database do not share a lock.
    SELECT pg_advisory_xact_lock(1702261860, '@schema@.events'::regclass::oid::int4)
$$;

CREATE FUNCTION @schema@.append(
    a_now            timestamptz,
    a_known_head     bigint,  -- where the caller knows the log to have been, and the event there
    a_known_event    uuid,
    a_trusting       boolean, -- whether the constraints judge, instead of a look at each stream and command
    l_stream         int4[],  -- if so: the streams that have to be looked at all the same
    s_request        int4[],
    s_aggregate_type text[],
    s_aggregate_id   text[],
    s_expected       int8[],  -- -1 for any version
    c_id             uuid[],
    c_stream         int4[],
    c_after          int8[],  -- how many events of the same stream come before its own
    c_events         int8[],
    c_last           int4[],  -- its last event, 0 if it caused none
    e_stream         int4[],
    e_place          int8[],  -- its place among the events of its stream in this call
    e_id             uuid[],
    e_event_type     text[],
    e_schema_version int8[],
    e_payload        @payload@[],
    e_payload_bytes  bytea[],
    e_correlation_id uuid[],
    e_causation_id   uuid[],
    e_metadata       json[],
    e_tags           text[],  -- each an array in its text form
    t_event          int4[],
    t_tag            text[],
    n_stream         int4[],  -- shapes the caller does not know to be noted
    n_event_type     text[],
    n_schema_version int8[],
    OUT head         int8,        -- the position before the first event
    OUT recorded_at  timestamptz,
    OUT versions     int8[],      -- of each stream, before
    OUT stands       boolean[],   -- whether each request does; null if all do
    OUT doubtful     boolean      -- trusting: nothing was written, because some request does not stand
) LANGUAGE plpgsql VOLATILE SECURITY DEFINER
-- Plans that stay good while the tables grow: every table is entered by an index.
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    head_event uuid;
    n          int4;
    version    int8;
    places     int8[];  -- of each event among those that stand, 0 if it does not; null if all do
BEGIN
    -- lock_log(), written out: a call costs more than the lock.
    PERFORM pg_advisory_xact_lock(1702261860, '@schema@.events'::regclass::oid::int4);

    SELECT e.position, e.recorded_at, e.event_id INTO head, recorded_at, head_event
    FROM @schema@.events e ORDER BY e.position DESC LIMIT 1;
    head := coalesce(head, 0);
    recorded_at := greatest(a_now, recorded_at);
    IF a_known_head > 0 THEN
        IF a_known_head <> head THEN
            SELECT e.event_id INTO head_event FROM @schema@.events e WHERE e.position = a_known_head;
        END IF;
        IF head_event IS DISTINCT FROM a_known_event THEN
            IF current_setting('transaction_isolation') <> 'read committed' THEN
                RAISE EXCEPTION 'events were appended since the transaction began' USING ERRCODE = 'serialization_failure';
            END IF;
            RAISE EXCEPTION 'the log went back: it ends at %, and the event that was at % is gone', head, a_known_head
                USING ERRCODE = 'EVT01';
        END IF;
    END IF;

    IF a_trusting THEN
        -- Every stream has been at the version that is expected of it: the caller saw it there, and the log
        -- has not gone back. If it is further by now, or a command was handled, a unique constraint objects.
        versions := s_expected;
        doubtful := false;
        FOREACH n IN ARRAY l_stream LOOP
            SELECT e.version INTO version FROM @schema@.events e
            WHERE e.aggregate_type = s_aggregate_type[n] AND e.aggregate_id = s_aggregate_id[n]
            ORDER BY e.version DESC LIMIT 1;
            version := coalesce(version, 0);
            IF s_expected[n] >= 0 AND s_expected[n] <> version THEN
                doubtful := true;
                RETURN;
            END IF;
            versions[n] := version;
        END LOOP;
    ELSE
        SELECT array_agg(coalesce(last.version, 0) ORDER BY s.n) INTO versions
        FROM unnest(s_aggregate_type, s_aggregate_id) WITH ORDINALITY AS s (aggregate_type, aggregate_id, n)
        LEFT JOIN LATERAL (
            SELECT e.version FROM @schema@.events e
            WHERE e.aggregate_type = s.aggregate_type AND e.aggregate_id = s.aggregate_id
            ORDER BY e.version DESC LIMIT 1
        ) last ON true;
        IF EXISTS (
            SELECT FROM unnest(s_expected, versions) AS s (expected, version)
            WHERE s.expected >= 0 AND s.expected <> s.version
        ) OR EXISTS (SELECT FROM @schema@.commands c WHERE c.command_id = ANY (c_id)) THEN
            SELECT array_agg(r.stands ORDER BY r.request) INTO stands FROM (
                SELECT p.request, bool_and(p.stands) AS stands FROM (
                    SELECT s.request, s.expected < 0 OR s.expected = s.version
                    FROM unnest(s_request, s_expected, versions) AS s (request, expected, version)
                    UNION ALL
                    SELECT
                        s_request[c.stream],
                        (SELECT true FROM @schema@.commands h WHERE h.command_id = c.id) IS NULL
                    FROM unnest(c_id, c_stream) AS c (id, stream)
                ) p (request, stands)
                GROUP BY p.request
            ) r;
            SELECT coalesce(array_agg(CASE WHEN e.stands THEN e.place ELSE 0 END ORDER BY e.n), '{}') INTO places
            FROM (
                SELECT e.n, e.stands, count(*) FILTER (WHERE e.stands) OVER (ORDER BY e.n) AS place
                FROM (
                    SELECT e.n, append.stands[s_request[e.stream]] AS stands
                    FROM unnest(e_stream) WITH ORDINALITY AS e (stream, n)
                ) e
            ) e;
        END IF;
    END IF;

    IF a_trusting THEN
        -- In one statement, not by unnest, which copies each array to a table of its own before it begins.
        WITH written AS (
            INSERT INTO @schema@.events (
                position, version, recorded_at, schema_version, event_id, correlation_id, causation_id,
                aggregate_type, aggregate_id, event_type, payload, payload_bytes, metadata, tags
            )
            SELECT
                head + i, versions[e_stream[i]] + e_place[i], append.recorded_at, e_schema_version[i],
                e_id[i], e_correlation_id[i], e_causation_id[i],
                s_aggregate_type[e_stream[i]], s_aggregate_id[e_stream[i]], e_event_type[i],
                e_payload[i], e_payload_bytes[i], e_metadata[i], e_tags[i]::text[]
            FROM generate_series(1, cardinality(e_id)) AS i
        )
        INSERT INTO @schema@.commands (
            command_id, after_version, events, position, recorded_at, aggregate_type, aggregate_id
        )
        SELECT
            c_id[i], versions[c_stream[i]] + c_after[i], c_events[i], head + nullif(c_last[i], 0),
            append.recorded_at, s_aggregate_type[c_stream[i]], s_aggregate_id[c_stream[i]]
        FROM generate_series(1, cardinality(c_id)) AS i;
    ELSE
        IF cardinality(e_id) > 0 THEN
            INSERT INTO @schema@.events (
                position, version, recorded_at, schema_version, event_id, correlation_id, causation_id,
                aggregate_type, aggregate_id, event_type, payload, payload_bytes, metadata, tags
            )
            SELECT
                head + CASE WHEN places IS NULL THEN i ELSE places[i] END, versions[e_stream[i]] + e_place[i],
                append.recorded_at, e_schema_version[i], e_id[i], e_correlation_id[i], e_causation_id[i],
                s_aggregate_type[e_stream[i]], s_aggregate_id[e_stream[i]], e_event_type[i], e_payload[i], e_payload_bytes[i],
                e_metadata[i], e_tags[i]::text[]
            FROM generate_series(1, cardinality(e_id)) AS i
            WHERE places IS NULL OR places[i] > 0;
        END IF;

        IF cardinality(c_id) > 0 THEN
            INSERT INTO @schema@.commands (
                command_id, after_version, events, position, recorded_at, aggregate_type, aggregate_id
            )
            SELECT
                c_id[i], versions[c_stream[i]] + c_after[i], c_events[i],
                head + CASE WHEN places IS NULL OR c_last[i] = 0 THEN nullif(c_last[i], 0)::int8 ELSE places[c_last[i]] END,
                append.recorded_at, s_aggregate_type[c_stream[i]], s_aggregate_id[c_stream[i]]
            FROM generate_series(1, cardinality(c_id)) AS i
            WHERE places IS NULL OR stands[s_request[c_stream[i]]];
        END IF;
    END IF;

    IF cardinality(t_tag) > 0 THEN
        INSERT INTO @schema@.event_tags (tag, position)
        SELECT t.tag, head + CASE WHEN places IS NULL THEN t.event ELSE places[t.event] END
        FROM unnest(t_tag, t_event) AS t (tag, event)
        WHERE places IS NULL OR places[t.event] > 0;
    END IF;

    IF cardinality(n_event_type) > 0 THEN
        INSERT INTO @schema@.schema_versions (aggregate_type, event_type, schema_version)
        SELECT s_aggregate_type[n.stream], n.event_type, n.schema_version
        FROM unnest(n_stream, n_event_type, n_schema_version) AS n (stream, event_type, schema_version)
        WHERE places IS NULL OR stands[s_request[n.stream]]
        ON CONFLICT DO NOTHING;
    END IF;
END $$;

REVOKE ALL ON FUNCTION @schema@.append FROM PUBLIC;
REVOKE ALL ON FUNCTION @schema@.lock_log FROM PUBLIC;

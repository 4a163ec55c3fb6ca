-- Where to look in the log. Positions, recorded times and a stream's versions grow together, so a bound
-- on one is found as a bound on another by halving. STABLE: all of it, and the statement that calls it,
-- sees the log as of one instant.

-- The first position recorded at `a_time` or later; the one after `a_head` if there is none.
CREATE FUNCTION @schema@.first_recorded(a_time timestamptz, a_head int8) RETURNS int8
LANGUAGE plpgsql STABLE AS $$
DECLARE
    below int8 := 0;
    found int8 := a_head + 1;
    middle int8;
    at timestamptz;
BEGIN
    WHILE found - below > 1 LOOP
        middle := below + (found - below) / 2;
        SELECT e.recorded_at INTO at FROM @schema@.events e WHERE e.position >= middle ORDER BY e.position LIMIT 1;
        IF at IS NULL OR at >= a_time THEN found := middle; ELSE below := middle; END IF;
    END LOOP;
    RETURN found;
END $$;

-- The first version of a stream whose position is `a_position` or later; the one after its last if
-- there is none.
CREATE FUNCTION @schema@.first_version(a_aggregate_type text, a_aggregate_id text, a_position int8)
RETURNS int8 LANGUAGE plpgsql STABLE AS $$
DECLARE
    below int8 := 0;
    found int8;
    middle int8;
    at int8;
BEGIN
    SELECT e.version + 1 INTO found FROM @schema@.events e
    WHERE e.aggregate_type = a_aggregate_type AND e.aggregate_id = a_aggregate_id
    ORDER BY e.version DESC LIMIT 1;
    found := coalesce(found, 1);
    WHILE found - below > 1 LOOP
        middle := below + (found - below) / 2;
        SELECT e.position INTO at FROM @schema@.events e
        WHERE e.aggregate_type = a_aggregate_type AND e.aggregate_id = a_aggregate_id AND e.version = middle;
        IF at >= a_position THEN found := middle; ELSE below := middle; END IF;
    END LOOP;
    RETURN found;
END $$;

-- The log's head, and the positions after `after` and before `before` that a query is about. No more
-- than `a_window` of them, if that is given; `cut` says that there are others beyond.
CREATE FUNCTION @schema@.bounds(
    a_forwards boolean, a_from int8, a_recorded_from timestamptz, a_recorded_before timestamptz, a_window int8,
    OUT head int8, OUT after int8, OUT before int8, OUT cut boolean
) LANGUAGE plpgsql STABLE AS $$
BEGIN
    SELECT e.position INTO head FROM @schema@.events e ORDER BY e.position DESC LIMIT 1;
    head := coalesce(head, 0);
    after := 0;
    before := head + 1;
    IF a_forwards THEN after := coalesce(a_from, 0); ELSE before := least(before, coalesce(a_from, before)); END IF;
    IF a_recorded_from IS NOT NULL THEN
        after := greatest(after, @schema@.first_recorded(a_recorded_from, head) - 1);
    END IF;
    IF a_recorded_before IS NOT NULL THEN
        before := least(before, @schema@.first_recorded(a_recorded_before, head));
    END IF;
    cut := coalesce(before - after - 1 > a_window, false);
    IF cut AND a_forwards THEN before := after + a_window + 1; END IF;
    IF cut AND NOT a_forwards THEN after := before - a_window - 1; END IF;
END $$;

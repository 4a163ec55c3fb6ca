-- The shapes of events that were ever appended, each noted in the transaction that first brought
-- it: so a program sees at once, without a look through the log, whether a later one wrote here.
CREATE TABLE schema_versions (
    aggregate_type TEXT    NOT NULL,
    event_type     TEXT    NOT NULL,
    schema_version INTEGER NOT NULL,
    PRIMARY KEY (aggregate_type, event_type, schema_version)
) STRICT, WITHOUT ROWID;

INSERT OR IGNORE INTO schema_versions SELECT aggregate_type, event_type, schema_version FROM events;

CREATE TRIGGER schema_versions_update BEFORE UPDATE ON schema_versions BEGIN
    SELECT RAISE(ABORT, 'the log is append-only: a schema version that was stored is never changed');
END;
CREATE TRIGGER schema_versions_delete BEFORE DELETE ON schema_versions BEGIN
    SELECT RAISE(ABORT, 'the log is append-only: a schema version that was stored is never deleted');
END;

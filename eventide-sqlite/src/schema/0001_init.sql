-- The log. A position is one above the last, so the order of the log is the order of the commits.
CREATE TABLE events (
    position       INTEGER PRIMARY KEY,
    aggregate_type TEXT    NOT NULL,
    aggregate_id   TEXT    NOT NULL,
    version        INTEGER NOT NULL,
    event_id       BLOB    NOT NULL UNIQUE,
    event_type     TEXT    NOT NULL,
    schema_version INTEGER NOT NULL,
    payload        ANY     NOT NULL, -- text; a blob if it is not UTF-8
    recorded_at    INTEGER NOT NULL, -- microseconds since 1970-01-01 UTC, never decreasing
    correlation_id BLOB    NOT NULL,
    causation_id   BLOB    NOT NULL,
    metadata       TEXT,             -- JSON of the rest of the metadata, if there is any
    tags           TEXT,             -- JSON array of the tags in event_tags, if there are any
    tenant         TEXT,
    key_id         TEXT,
    UNIQUE (aggregate_type, aggregate_id, version)
) STRICT;

CREATE INDEX events_by_type ON events (event_type);

-- What an event can be found by across streams.
CREATE TABLE event_tags (
    tag      TEXT    NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (tag, position)
) STRICT, WITHOUT ROWID;

-- The commands that were handled, each once.
CREATE TABLE commands (
    command_id     BLOB    NOT NULL PRIMARY KEY,
    aggregate_type TEXT    NOT NULL,
    aggregate_id   TEXT    NOT NULL,
    after_version  INTEGER NOT NULL,
    events         INTEGER NOT NULL,
    position       INTEGER           -- of its last event, if it caused any
) STRICT, WITHOUT ROWID;

-- A cache of folded states. This one may be changed and deleted at will.
CREATE TABLE snapshots (
    aggregate_type TEXT    NOT NULL,
    aggregate_id   TEXT    NOT NULL,
    version        INTEGER NOT NULL,
    recorded_at    INTEGER NOT NULL,
    fingerprint    INTEGER NOT NULL,
    payload        BLOB    NOT NULL,
    checksum       INTEGER NOT NULL,
    PRIMARY KEY (aggregate_type, aggregate_id)
) STRICT;

-- Append-only, whoever writes. The triggers on INSERT are there because INSERT OR REPLACE deletes
-- the row in its way without asking a DELETE trigger.
CREATE TRIGGER events_append BEFORE INSERT ON events BEGIN
    SELECT RAISE(ABORT, 'the log is append-only: a position must be above the last')
    WHERE NEW.position <= coalesce((SELECT max(position) FROM events), 0);
    SELECT RAISE(ABORT, 'the log is append-only: a version must be one above the last of its stream')
    WHERE NEW.version <> 1 + coalesce(
        (SELECT max(version) FROM events
         WHERE aggregate_type = NEW.aggregate_type AND aggregate_id = NEW.aggregate_id), 0);
    SELECT RAISE(ABORT, 'the log is append-only: an event of this id is recorded already')
    WHERE EXISTS (SELECT 1 FROM events WHERE event_id = NEW.event_id);
END;
CREATE TRIGGER events_update BEFORE UPDATE ON events BEGIN
    SELECT RAISE(ABORT, 'the log is append-only: an event is never changed');
END;
CREATE TRIGGER events_delete BEFORE DELETE ON events BEGIN
    SELECT RAISE(ABORT, 'the log is append-only: an event is never deleted');
END;
CREATE TRIGGER event_tags_update BEFORE UPDATE ON event_tags BEGIN
    SELECT RAISE(ABORT, 'the log is append-only: the tag of an event is never changed');
END;
CREATE TRIGGER event_tags_delete BEFORE DELETE ON event_tags BEGIN
    SELECT RAISE(ABORT, 'the log is append-only: the tag of an event is never deleted');
END;
CREATE TRIGGER commands_append BEFORE INSERT ON commands BEGIN
    SELECT RAISE(ABORT, 'the log is append-only: this command was handled already')
    WHERE EXISTS (SELECT 1 FROM commands WHERE command_id = NEW.command_id);
END;
CREATE TRIGGER commands_update BEFORE UPDATE ON commands BEGIN
    SELECT RAISE(ABORT, 'the log is append-only: a handled command is never changed');
END;
CREATE TRIGGER commands_delete BEFORE DELETE ON commands BEGIN
    SELECT RAISE(ABORT, 'the log is append-only: a handled command is never deleted');
END;

-- Named readers of the log, and what they made of it. All of this may be changed and deleted: the
-- log remains, and it can be made anew.
CREATE TABLE subscriptions (
    name        TEXT    NOT NULL PRIMARY KEY,
    partitions  INTEGER NOT NULL,
    fingerprint INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Who works on a partition. Times are microseconds since 1970-01-01 UTC, by the machine's clock.
CREATE TABLE subscription_partitions (
    subscription TEXT    NOT NULL,
    partition    INTEGER NOT NULL,
    token        INTEGER NOT NULL, -- higher with every claim
    owner        TEXT,             -- the last to claim it; NULL once given back
    expires_at   INTEGER,
    moved_at     INTEGER NOT NULL,
    PRIMARY KEY (subscription, partition),
    CHECK ((owner IS NULL) = (expires_at IS NULL))
) STRICT, WITHOUT ROWID;

-- The highest tokens of subscriptions that were forgotten: what their holders still write must not
-- count for others of their names.
CREATE TABLE forgotten_subscriptions (
    name  TEXT    NOT NULL PRIMARY KEY,
    token INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- How far each range of slices came; a partition may have several.
CREATE TABLE checkpoints (
    subscription TEXT    NOT NULL,
    partition    INTEGER NOT NULL,
    first_slice  INTEGER NOT NULL,
    last_slice   INTEGER NOT NULL,
    log_id       BLOB    NOT NULL,
    position     INTEGER NOT NULL,
    event_id     BLOB,             -- of the last event at or before the position
    PRIMARY KEY (subscription, partition, first_slice)
) STRICT, WITHOUT ROWID;

-- To which key the events of a stream belong.
CREATE TABLE subscription_routes (
    subscription   TEXT NOT NULL,
    aggregate_type TEXT NOT NULL,
    aggregate_id   TEXT NOT NULL,
    key            TEXT NOT NULL,
    PRIMARY KEY (subscription, aggregate_type, aggregate_id)
) STRICT, WITHOUT ROWID;

-- Events that wait for somebody's decision, in the order of the log for each key.
CREATE TABLE dead_letters (
    subscription TEXT    NOT NULL,
    key          TEXT    NOT NULL,
    position     INTEGER NOT NULL,
    event_id     BLOB    NOT NULL,
    error        TEXT,             -- NULL if it only stands behind one that failed
    attempts     INTEGER NOT NULL,
    parked_at    INTEGER NOT NULL,
    slice        INTEGER NOT NULL, -- of the key
    PRIMARY KEY (subscription, key, position)
) STRICT, WITHOUT ROWID;

-- The letters that were dropped on purpose. These stay when their subscription goes.
CREATE TABLE decisions (
    decision     INTEGER PRIMARY KEY,
    subscription TEXT    NOT NULL,
    key          TEXT    NOT NULL,
    position     INTEGER NOT NULL,
    event_id     BLOB    NOT NULL,
    error        TEXT,
    attempts     INTEGER NOT NULL,
    parked_at    INTEGER NOT NULL,
    reason       TEXT    NOT NULL,
    decided_by   TEXT    NOT NULL,
    decided_at   INTEGER NOT NULL
) STRICT;

CREATE INDEX decisions_by_letter ON decisions (subscription, key, position);
CREATE INDEX decisions_by_subscription ON decisions (subscription, decision);

-- The tables of views that there are, and what their columns hold: `name kind[ unique], ...`.
CREATE TABLE views (
    name    TEXT NOT NULL PRIMARY KEY,
    columns TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Which generation of a version of a view serves its readers, where it is not the first.
CREATE TABLE view_generations (
    view       TEXT    NOT NULL,
    version    INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    PRIMARY KEY (view, version)
) STRICT, WITHOUT ROWID;

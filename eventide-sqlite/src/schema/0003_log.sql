-- Which log this is, as a random UUID: one row, kept with the file and every copy of it, so that
-- whoever has read it knows it again. An older file gets its identity here.
CREATE TABLE log (
    row    INTEGER NOT NULL PRIMARY KEY CHECK (row = 1),
    log_id BLOB    NOT NULL CHECK (length(log_id) = 16)
) STRICT;

-- The bits that say version 4, variant 1 (RFC 9562) are put over random ones.
INSERT INTO log SELECT 1, unhex(
    hex(randomblob(6)) || '4' || substr(hex(randomblob(2)), 2)
    || substr('89AB', 1 + (random() & 3), 1) || substr(hex(randomblob(8)), 2));

CREATE TRIGGER log_append BEFORE INSERT ON log BEGIN
    SELECT RAISE(ABORT, 'the log is append-only: it has its identity already')
    WHERE EXISTS (SELECT 1 FROM log);
END;
CREATE TRIGGER log_update BEFORE UPDATE ON log BEGIN
    SELECT RAISE(ABORT, 'the log is append-only: its identity is never changed');
END;
CREATE TRIGGER log_delete BEFORE DELETE ON log BEGIN
    SELECT RAISE(ABORT, 'the log is append-only: its identity is never deleted');
END;

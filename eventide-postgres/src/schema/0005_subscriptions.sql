-- How far subscriptions came, who works on them, and what they could not handle. What is done is written
-- in the transaction that moves the checkpoint, and each such transaction first locks its partition and
-- compares the token: whoever lost the partition writes nothing more.
CREATE TABLE @schema@.subscriptions (
    name        text    COLLATE "C" NOT NULL,
    partitions  integer NOT NULL,
    fingerprint bigint  NOT NULL, -- of the code that handles its events
    CONSTRAINT subscriptions_name PRIMARY KEY (name)
) WITH (fillfactor = 50);

CREATE TABLE @schema@.subscription_partitions (
    subscription text        COLLATE "C" NOT NULL,
    partition    integer     NOT NULL,
    token        bigint      NOT NULL, -- of the last claim; higher with each
    owner        text,                 -- null if it was given back
    expires_at   timestamptz,
    moved_at     timestamptz NOT NULL, -- when its checkpoints last did
    CONSTRAINT subscription_partitions_number PRIMARY KEY (subscription, partition),
    CONSTRAINT subscription_partitions_held CHECK ((owner IS NULL) = (expires_at IS NULL))
) WITH (fillfactor = 50);

-- The highest tokens of subscriptions that were forgotten: what their holders still write must not count
-- for others of their names.
CREATE TABLE @schema@.forgotten_subscriptions (
    name  text   COLLATE "C" NOT NULL,
    token bigint NOT NULL,
    CONSTRAINT forgotten_subscriptions_name PRIMARY KEY (name)
);

-- Ranges of slices. A partition has several at different positions after the subscription was divided anew.
CREATE TABLE @schema@.subscription_checkpoints (
    subscription text    COLLATE "C" NOT NULL,
    partition    integer NOT NULL,
    first_slice  integer NOT NULL,
    last_slice   integer NOT NULL,
    log_id       uuid    NOT NULL,
    position     bigint  NOT NULL, -- everything up to here is done
    event_id     uuid,             -- the last event at or before the position
    CONSTRAINT subscription_checkpoints_slices PRIMARY KEY (subscription, partition, first_slice),
    CONSTRAINT subscription_checkpoints_range CHECK (first_slice <= last_slice)
) WITH (fillfactor = 50);

-- Events that wait for somebody's decision. The event itself is in the log.
CREATE TABLE @schema@.dead_letters (
    subscription text        COLLATE "C" NOT NULL,
    key          text        COLLATE "C" NOT NULL,
    position     bigint      NOT NULL,
    event_id     uuid        NOT NULL,
    attempts     bigint      NOT NULL,
    parked_at    timestamptz NOT NULL,
    error        text,                 -- null if it only stands behind another
    CONSTRAINT dead_letters_key PRIMARY KEY (subscription, key, position)
);

-- Letters that were dropped on purpose, as they were, and who decided so.
CREATE TABLE @schema@.dead_letter_decisions (
    subscription text        COLLATE "C" NOT NULL,
    decision     bigint      GENERATED ALWAYS AS IDENTITY,
    key          text        COLLATE "C" NOT NULL,
    position     bigint      NOT NULL,
    event_id     uuid        NOT NULL,
    attempts     bigint      NOT NULL,
    parked_at    timestamptz NOT NULL,
    error        text,
    reason       text        NOT NULL,
    decided_by   text        NOT NULL,
    decided_at   timestamptz NOT NULL,
    CONSTRAINT dead_letter_decisions_order PRIMARY KEY (subscription, decision)
);
CREATE INDEX dead_letter_decisions_letter ON @schema@.dead_letter_decisions (subscription, key, position);

-- The keys that the events of streams belong to, where the events do not say.
CREATE TABLE @schema@.subscription_routes (
    subscription   text COLLATE "C" NOT NULL,
    aggregate_type text COLLATE "C" NOT NULL,
    aggregate_id   text COLLATE "C" NOT NULL,
    key            text COLLATE "C" NOT NULL,
    CONSTRAINT subscription_routes_stream PRIMARY KEY (subscription, aggregate_type, aggregate_id)
);

-- Which generation of a version of a view serves its readers, where it is not the first.
CREATE TABLE @schema@.view_generations (
    view       text    COLLATE "C" NOT NULL,
    version    bigint  NOT NULL,
    generation bigint  NOT NULL,
    CONSTRAINT view_generations_version PRIMARY KEY (view, version)
);

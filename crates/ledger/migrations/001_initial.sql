-- Version 1. Times are milliseconds since 1970 (UTC); post ids are 16 bytes; tiers are 1 (IV) to
-- 4 (I). A `body` is JSON: of `fengbiao-wire` for incidents, events, notices, commands and the policy, of
-- this crate (src/record.rs) for the alerter's own records. What is queried stands in columns.
-- Tables whose rows are asked for in the order they came are rowid tables with a unique index;
-- where their order is nobody's matter, the key is the table: one tree, not two. What every hit
-- adds, and nobody asks for by itself, is one row a step.

-- One row: the epoch of the alerter that may write.
CREATE TABLE owner (
    one   INTEGER PRIMARY KEY CHECK (one = 1),
    epoch INTEGER NOT NULL
) STRICT;
INSERT INTO owner (one, epoch) VALUES (1, 0);

CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
-- What tells the notices of this ledger from those of another; a copy of the file keeps it.
INSERT INTO meta (name, value) VALUES ('identity', lower(hex(randomblob(4))));

-- Where the alerter reads next.
CREATE TABLE positions (
    input     TEXT    NOT NULL CHECK (input IN ('commands', 'pulses', 'hits')),
    partition INTEGER NOT NULL,
    next      INTEGER NOT NULL,
    PRIMARY KEY (input, partition)
) STRICT, WITHOUT ROWID;

-- The only order there is.
CREATE TABLE steps (
    number        INTEGER PRIMARY KEY,
    wall          INTEGER NOT NULL,
    monotonic     INTEGER NOT NULL,
    process       INTEGER NOT NULL,
    commands_from INTEGER NOT NULL,
    commands_to   INTEGER NOT NULL,
    pulses        TEXT    NOT NULL, -- [[partition, from, to], ...] half-open, in the order taken
    hits          TEXT    NOT NULL,
    digest        BLOB    NOT NULL, -- BLAKE3 of the canonical bytes of the effects
    changes       INTEGER NOT NULL
) STRICT;

-- The alerter's state.
CREATE TABLE clocks (
    one  INTEGER PRIMARY KEY CHECK (one = 1),
    body TEXT NOT NULL
) STRICT;
CREATE TABLE policy (
    version INTEGER PRIMARY KEY, -- the greatest is in force
    at      INTEGER NOT NULL,
    body    TEXT NOT NULL
) STRICT;
CREATE TABLE watermarks (
    hits  INTEGER NOT NULL,
    posts INTEGER NOT NULL,
    body  TEXT NOT NULL,
    PRIMARY KEY (hits, posts)
) STRICT, WITHOUT ROWID;
CREATE TABLE seen (
    topic     TEXT    NOT NULL,
    partition INTEGER NOT NULL,
    offset    INTEGER NOT NULL,
    PRIMARY KEY (topic, partition)
) STRICT, WITHOUT ROWID;
-- One row for all that a step changed; the latest word on a post holds (src/memories.rs).
CREATE TABLE memories (
    row     INTEGER PRIMARY KEY,
    until   INTEGER NOT NULL, -- when the longest remembered of them is forgotten (event clock)
    entries BLOB    NOT NULL
) STRICT;
-- The stories of a topic, by the first post that told each.
CREATE TABLE told (
    topic TEXT    NOT NULL,
    story INTEGER NOT NULL, -- its 64 bits as a signed number
    body  TEXT    NOT NULL,
    PRIMARY KEY (topic, story)
) STRICT, WITHOUT ROWID;
CREATE TABLE buckets (
    row     INTEGER PRIMARY KEY,
    topic   TEXT    NOT NULL,
    subject TEXT    NOT NULL, -- `*`, `-` or `=<bytes of kind>:<kind><name>`
    width   TEXT    NOT NULL CHECK (width IN ('minute', 'hour')),
    start   INTEGER NOT NULL, -- in widths since 1970
    body    TEXT    NOT NULL,
    UNIQUE (topic, subject, width, start)
) STRICT;
CREATE TABLE coverage (
    hour INTEGER PRIMARY KEY, -- since 1970
    body TEXT    NOT NULL
) STRICT;
CREATE TABLE watched (
    topic TEXT    PRIMARY KEY,
    since INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE incidents (
    id            INTEGER PRIMARY KEY,
    number        INTEGER UNIQUE, -- year times 1,000,000,000 plus the place in the year
    topic         TEXT    NOT NULL,
    open          INTEGER NOT NULL CHECK (open IN (0, 1)),
    highest_tier  INTEGER,
    last_found_at INTEGER NOT NULL,
    body          TEXT    NOT NULL
) STRICT;
CREATE INDEX incidents_open ON incidents (open, number);
CREATE INDEX incidents_found ON incidents (last_found_at);
-- One row for all posts that a step brought to an incident (src/members.rs).
CREATE TABLE members (
    incident INTEGER NOT NULL,
    step     INTEGER NOT NULL,
    posts    BLOB    NOT NULL, -- 24 bytes each: its id, and when it was found
    PRIMARY KEY (incident, step)
) STRICT, WITHOUT ROWID;
-- The record of an incident: entries are added, never changed, never removed.
CREATE TABLE events (
    incident INTEGER NOT NULL,
    number   INTEGER NOT NULL, -- within the incident, from 1
    at       INTEGER NOT NULL,
    kind     TEXT    NOT NULL,
    body     TEXT    NOT NULL,
    PRIMARY KEY (incident, number)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER events_are_not_changed BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'the record of an incident is append-only'); END;
CREATE TRIGGER events_are_not_removed BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'the record of an incident is append-only'); END;
CREATE TRIGGER events_are_not_replaced BEFORE INSERT ON events
WHEN EXISTS (SELECT 1 FROM events WHERE incident = NEW.incident AND number = NEW.number)
BEGIN SELECT RAISE(ABORT, 'the record of an incident is append-only'); END;
CREATE TABLE quotes (
    row      INTEGER PRIMARY KEY,
    incident INTEGER NOT NULL,
    post     BLOB    NOT NULL,
    body     TEXT    NOT NULL,
    UNIQUE (incident, post)
) STRICT;
CREATE INDEX quotes_post ON quotes (post);
CREATE TABLE lifetimes (
    incident INTEGER PRIMARY KEY,
    body     TEXT NOT NULL
) STRICT;
CREATE TABLE stories (
    incident INTEGER NOT NULL,
    story    INTEGER NOT NULL, -- its 64 bits as a signed number
    posts    INTEGER NOT NULL,
    PRIMARY KEY (incident, story)
) STRICT, WITHOUT ROWID;
CREATE TABLE pending (
    incident INTEGER NOT NULL,
    receiver TEXT    NOT NULL,
    body     TEXT    NOT NULL,
    PRIMARY KEY (incident, receiver)
) STRICT, WITHOUT ROWID;
-- What is owed of an incident, and who is being asked.
CREATE TABLE duties (
    incident INTEGER PRIMARY KEY,
    body     TEXT NOT NULL
) STRICT;
-- What each receiver was told of late.
CREATE TABLE rates (
    receiver TEXT PRIMARY KEY,
    body     TEXT NOT NULL
) STRICT, WITHOUT ROWID;
-- Silences and stand-ins that have not ended.
CREATE TABLE silences (
    number INTEGER PRIMARY KEY,
    body   TEXT NOT NULL
) STRICT;
CREATE TABLE stand_ins (
    number INTEGER PRIMARY KEY,
    body   TEXT NOT NULL
) STRICT;
CREATE TABLE purged (
    row  INTEGER PRIMARY KEY,
    post BLOB    NOT NULL UNIQUE,
    at   INTEGER NOT NULL
) STRICT;
-- What the watchdog knows.
CREATE TABLE sources (
    source TEXT PRIMARY KEY,
    body   TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE canaries (
    partition INTEGER PRIMARY KEY,
    body      TEXT NOT NULL
) STRICT;

-- Notices on their way out. Those to `null` are canaries at the end of their way.
CREATE TABLE outbox (
    row             INTEGER PRIMARY KEY,
    key             TEXT    NOT NULL UNIQUE,
    incident        INTEGER NOT NULL,
    receiver        TEXT    NOT NULL,
    tier            INTEGER NOT NULL,
    made_at         INTEGER NOT NULL,
    digest          BLOB    NOT NULL, -- BLAKE3 of the body as it was made
    body            TEXT    NOT NULL,
    fallback_for    TEXT,             -- key of the notice that this one stands in for
    state           TEXT    NOT NULL CHECK (state IN ('waiting', 'delivered', 'dead')),
    attempts        INTEGER NOT NULL,
    next_attempt_at INTEGER NOT NULL, -- 0: it was not tried yet
    failed_at       INTEGER,          -- of the last attempt that failed
    last_error      TEXT,
    finished_at     INTEGER           -- when it was delivered or given up
) STRICT;
CREATE INDEX outbox_waiting ON outbox (receiver, next_attempt_at, incident, tier, made_at)
    WHERE state = 'waiting';
CREATE INDEX outbox_failed ON outbox (receiver, failed_at) WHERE state = 'waiting';
CREATE INDEX outbox_incident ON outbox (incident);
CREATE INDEX outbox_finished ON outbox (finished_at) WHERE finished_at IS NOT NULL;
-- The posts that a notice shows something of, so that a purge finds it.
CREATE TABLE notice_posts (
    post   BLOB    NOT NULL,
    outbox INTEGER NOT NULL,
    PRIMARY KEY (post, outbox)
) STRICT, WITHOUT ROWID;
CREATE INDEX notice_posts_outbox ON notice_posts (outbox);
CREATE TABLE attempts (
    row    INTEGER PRIMARY KEY,
    outbox INTEGER NOT NULL,
    at     INTEGER NOT NULL,
    error  TEXT                       -- none: it was delivered
) STRICT;
CREATE INDEX attempts_outbox ON attempts (outbox);
CREATE TABLE withheld (
    receiver TEXT    NOT NULL,
    reason   TEXT    NOT NULL,
    count    INTEGER NOT NULL,
    PRIMARY KEY (receiver, reason)
) STRICT, WITHOUT ROWID;

CREATE TABLE commands (
    number INTEGER PRIMARY KEY,
    at     INTEGER NOT NULL,
    body   TEXT    NOT NULL
) STRICT;

-- The whole state after a step; a replay begins here.
CREATE TABLE checkpoints (
    step      INTEGER PRIMARY KEY,
    at        INTEGER NOT NULL,
    positions TEXT    NOT NULL
) STRICT;
CREATE TABLE checkpoint_lines (
    row   INTEGER PRIMARY KEY,
    step  INTEGER NOT NULL,
    post  BLOB,                       -- of a quote, so that a purge finds it
    kind  TEXT    NOT NULL,
    key   TEXT    NOT NULL,
    value TEXT    NOT NULL
) STRICT;
CREATE INDEX checkpoint_lines_step ON checkpoint_lines (step);
CREATE INDEX checkpoint_lines_post ON checkpoint_lines (post) WHERE post IS NOT NULL;

-- The audit trail: lines are added, never changed, never removed.
CREATE TABLE audit (
    number INTEGER PRIMARY KEY,
    at     INTEGER NOT NULL,
    actor  TEXT    NOT NULL,
    what   TEXT    NOT NULL,
    target TEXT    NOT NULL,
    note   TEXT    NOT NULL
) STRICT;
CREATE INDEX audit_target ON audit (target);
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER audit_is_not_removed BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER audit_is_not_replaced BEFORE INSERT ON audit
WHEN EXISTS (SELECT 1 FROM audit WHERE number = NEW.number)
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;

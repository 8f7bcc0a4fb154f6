-- Instants are UTC microseconds, amounts the currency's smallest unit. Numbers of states, holds,
-- currencies and verdicts are those of the enums in jobs/ and ledger.h; they are never renumbered.

CREATE TABLE scope(
        id INTEGER PRIMARY KEY,
        profile TEXT NOT NULL,
        run TEXT NOT NULL,
        live INTEGER NOT NULL CHECK(live IN (0, 1)),
        UNIQUE(profile, run, live)
) STRICT;

-- AUTOINCREMENT: the number of a batch is on paper, it is never given twice.
CREATE TABLE batch(
        id INTEGER PRIMARY KEY AUTOINCREMENT CHECK(id BETWEEN 1 AND 0x7fffffff),
        scope INTEGER NOT NULL REFERENCES scope,
        parent INTEGER REFERENCES batch,
        file TEXT NOT NULL,
        maker_uid INTEGER NOT NULL,
        source TEXT NOT NULL,
        source_gone INTEGER NOT NULL CHECK(source_gone IN (0, 1)),
        sha256 BLOB NOT NULL CHECK(length(sha256) = 32),
        size INTEGER NOT NULL CHECK(size >= 0),
        received_at INTEGER NOT NULL,
        state INTEGER NOT NULL CHECK(state BETWEEN 1 AND 7),
        hold INTEGER NOT NULL CHECK(hold BETWEEN 0 AND 6),
        api INTEGER NOT NULL CHECK(api BETWEEN 1 AND 2),
        delimiter INTEGER NOT NULL,
        encoding INTEGER NOT NULL,
        bom INTEGER NOT NULL CHECK(bom IN (0, 1)),
        n_columns INTEGER NOT NULL,
        loaded_offset INTEGER NOT NULL,
        loaded_line INTEGER NOT NULL,
        next_id INTEGER NOT NULL,               -- high-water mark of first sends
        end_id INTEGER NOT NULL,
        file_lines INTEGER NOT NULL,
        results_at INTEGER NOT NULL,
        changed_at INTEGER NOT NULL,
        archived INTEGER NOT NULL CHECK(archived IN (0, 1))
) STRICT;
CREATE INDEX batch_bytes ON batch(sha256, scope);
CREATE INDEX batch_state ON batch(state, hold);
CREATE INDEX batch_source ON batch(source) WHERE source_gone = 0;

-- What is long and seldom changes, so that a batch can be updated every turn of the loop.
CREATE TABLE batch_text(
        id INTEGER PRIMARY KEY REFERENCES batch,
        rules TEXT NOT NULL,
        header BLOB NOT NULL,
        note TEXT NOT NULL
) STRICT;

-- id = batch << 32 | line of its first row
CREATE TABLE request(
        id INTEGER PRIMARY KEY,
        lines INTEGER NOT NULL,
        order_id TEXT,
        amount INTEGER NOT NULL,
        currency INTEGER NOT NULL CHECK(currency BETWEEN 0 AND 99),
        status INTEGER NOT NULL CHECK(status BETWEEN 1 AND 16),
        hold INTEGER NOT NULL,
        generation INTEGER NOT NULL CHECK(generation >= 1),
        due_at INTEGER,                         -- retry or send_at
        send_at INTEGER,
        expires_at INTEGER,                     -- of its session
        content BLOB CHECK(length(content) = 16),
        CHECK((status = 4) = (hold BETWEEN 1 AND 6) AND (status = 4 OR hold = 0))
) STRICT;
-- By batch, so that the due rows of a held batch stand in nobody's way.
CREATE INDEX request_due ON request(id >> 32, due_at) WHERE due_at IS NOT NULL AND status IN (5, 7);
CREATE INDEX request_later ON request(id >> 32, send_at) WHERE send_at IS NOT NULL AND status = 5;
CREATE INDEX request_open_outcome ON request(status) WHERE status IN (6, 7);
CREATE INDEX request_live ON request(expires_at) WHERE status IN (9, 10);

-- Beside the request, so that it stays short and in its place when its status moves. No REFERENCES
-- for what is written with every row: 0.3 s of a million rows; `verify` looks instead.
CREATE TABLE cells(
        id INTEGER PRIMARY KEY,
        raw BLOB NOT NULL
) STRICT;

-- No index on the session: it would be at random, and half of the time of sending. The key in the
-- session's metadata says whose it is; `verify` looks for one that two rows have.
CREATE TABLE link(
        id INTEGER PRIMARY KEY,
        session TEXT,
        url TEXT
) STRICT;

-- Only rows that have something to say.
CREATE TABLE remark(
        id INTEGER PRIMARY KEY REFERENCES request,
        code TEXT NOT NULL,
        reason TEXT NOT NULL
) STRICT;

-- Who holds a reference. No uniqueness depends on a status that the provider can move later.
CREATE TABLE reference(
        scope INTEGER NOT NULL,
        order_id TEXT NOT NULL,
        generation INTEGER NOT NULL,
        holder INTEGER NOT NULL,
        PRIMARY KEY(scope, order_id)
) STRICT, WITHOUT ROWID;

-- Rows that carry a reference and do not hold it: rejected, duplicate, conflict, earlier holders.
CREATE TABLE namesake(
        order_id TEXT NOT NULL,
        id INTEGER NOT NULL,
        PRIMARY KEY(order_id, id)
) STRICT, WITHOUT ROWID;

-- The exact bytes of a generation's request, kept before the first of them leaves.
CREATE TABLE frozen(
        id INTEGER PRIMARY KEY,
        request INTEGER NOT NULL,
        generation INTEGER NOT NULL,
        key TEXT NOT NULL,
        body BLOB NOT NULL,
        api INTEGER NOT NULL CHECK(api BETWEEN 1 AND 2),
        first_sent_at INTEGER NOT NULL,
        boot_at INTEGER NOT NULL,
        boot TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX frozen_request ON frozen(request, generation);

CREATE TABLE attempt(
        request INTEGER NOT NULL,
        number INTEGER NOT NULL CHECK(number >= 1),
        generation INTEGER NOT NULL,
        at INTEGER NOT NULL,
        http_status INTEGER NOT NULL,
        verdict INTEGER NOT NULL CHECK(verdict BETWEEN 1 AND 7),
        duration INTEGER NOT NULL,
        PRIMARY KEY(request, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE payment(
        id TEXT PRIMARY KEY,
        request INTEGER NOT NULL REFERENCES request,
        status INTEGER NOT NULL,
        amount INTEGER NOT NULL,
        currency INTEGER NOT NULL CHECK(currency BETWEEN 0 AND 99),
        at INTEGER,
        refunded INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX payment_request ON payment(request);

-- What was read from the file, fixed at intake.
CREATE TABLE read_total(
        batch INTEGER NOT NULL REFERENCES batch,
        currency INTEGER NOT NULL CHECK(currency BETWEEN 0 AND 99),
        n INTEGER NOT NULL CHECK(n >= 0),
        amount INTEGER NOT NULL,
        PRIMARY KEY(batch, currency)
) STRICT, WITHOUT ROWID;

-- Counters; `verify` recounts them.
CREATE TABLE total(
        batch INTEGER NOT NULL REFERENCES batch,
        currency INTEGER NOT NULL CHECK(currency BETWEEN 0 AND 99),
        status INTEGER NOT NULL CHECK(status BETWEEN 1 AND 16),
        n INTEGER NOT NULL CHECK(n >= 0),
        amount INTEGER NOT NULL,
        PRIMARY KEY(batch, currency, status)
) STRICT, WITHOUT ROWID;

-- What operators ask of the daemon.
CREATE TABLE command(
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        at INTEGER NOT NULL,
        uid INTEGER NOT NULL,
        verb TEXT NOT NULL,
        argument TEXT NOT NULL,
        answered_at INTEGER,
        answer TEXT,
        CHECK((answered_at IS NULL) = (answer IS NULL))
) STRICT;
CREATE INDEX command_waiting ON command(id) WHERE answered_at IS NULL;

CREATE TABLE value(
        name TEXT PRIMARY KEY,
        text TEXT NOT NULL
) STRICT, WITHOUT ROWID;

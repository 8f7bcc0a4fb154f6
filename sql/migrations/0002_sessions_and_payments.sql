-- What the provider tells of a session after it was made. Numbers of statuses and kinds are those of
-- the enums in jobs/reconcile/.

-- One for each generation of a row that came to a session. No index on its id: it would be at
-- random, and half of the time of sending; the reference in the session's metadata says whose it
-- is. The two indexes that there are grow at their end while rows are sent.
CREATE TABLE session(
        request INTEGER NOT NULL,
        generation INTEGER NOT NULL CHECK(generation >= 1),
        id TEXT NOT NULL,
        url TEXT,
        status INTEGER NOT NULL CHECK(status BETWEEN 0 AND 5),
        created_at INTEGER NOT NULL,            -- as the provider says, else when it answered
        expires_at INTEGER,
        looked_at INTEGER NOT NULL,             -- 0: never
        next_look INTEGER,                      -- when the provider is asked next; NULL: no more
        end_asked_at INTEGER,                   -- a person asked the provider to end it
        gone INTEGER NOT NULL CHECK(gone IN (0, 1)),
        PRIMARY KEY(request, generation)
) STRICT, WITHOUT ROWID;

INSERT INTO session(
        request, generation, id, url, status, created_at, expires_at, looked_at, next_look, gone)
SELECT
        link.id, request.generation, session, NULLIF(url, ''), 0,
        IFNULL(first_sent_at, received_at), expires_at, 0,
        CASE WHEN status BETWEEN 9 AND 16 THEN IFNULL(first_sent_at, received_at) END, 0
FROM link
JOIN request ON request.id = link.id
JOIN batch ON batch.id = link.id >> 32
LEFT JOIN frozen ON frozen.request = link.id AND frozen.generation = request.generation
WHERE session IS NOT NULL
ORDER BY link.id;

DROP TABLE link;

-- With the time of making: what a walk through the provider's list would cost is read from it alone.
CREATE INDEX session_next_look ON session(next_look, created_at) WHERE next_look IS NOT NULL;
CREATE INDEX session_created ON session(created_at);

-- It was never written to.
DROP TABLE payment;

CREATE TABLE payment(
        id TEXT PRIMARY KEY,                    -- of the payment intent
        request INTEGER NOT NULL,
        generation INTEGER NOT NULL,
        status INTEGER NOT NULL CHECK(status BETWEEN 0 AND 8),
        amount INTEGER NOT NULL,
        currency INTEGER NOT NULL CHECK(currency BETWEEN 0 AND 99),
        type TEXT,
        bank_reference TEXT,
        error_reason TEXT,
        created_at INTEGER NOT NULL,            -- as the provider says, else when it was seen
        paid_at INTEGER,                        -- the bank's time, else when it was seen succeeded
        seen_at INTEGER NOT NULL,               -- first
        refunded INTEGER NOT NULL               -- the sum of its refunds that succeeded
) STRICT, WITHOUT ROWID;
CREATE INDEX payment_request ON payment(request);
CREATE INDEX payment_paid ON payment(paid_at) WHERE paid_at IS NOT NULL;

CREATE TABLE refund(
        id TEXT PRIMARY KEY,
        payment TEXT NOT NULL,
        status INTEGER NOT NULL CHECK(status BETWEEN 0 AND 5),
        amount INTEGER NOT NULL,
        currency INTEGER NOT NULL CHECK(currency BETWEEN 0 AND 99),
        created_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX refund_payment ON refund(payment);

-- What does not add up. One that is not true any more stays, with the time of that.
CREATE TABLE finding(
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        kind INTEGER NOT NULL CHECK(kind BETWEEN 1 AND 99),
        request INTEGER,                        -- NULL: of no row
        subject TEXT NOT NULL,                  -- session, payment or reference
        at INTEGER NOT NULL,
        amount INTEGER,
        currency INTEGER NOT NULL CHECK(currency BETWEEN 0 AND 99),
        detail TEXT NOT NULL,
        over_at INTEGER,
        UNIQUE(kind, subject)
) STRICT;
CREATE INDEX finding_request ON finding(request) WHERE request IS NOT NULL;
CREATE INDEX finding_standing ON finding(at) WHERE over_at IS NULL;

-- The provider's payout files. Each is a row of `batch` too (in the scope of the profile `payouts`,
-- a name that no profile of people may have), so that it comes in, survives kills and is filed
-- like an order file. Numbers of kinds and outcomes are those of jobs/reconcile/payout.h.

CREATE TABLE payout(
        batch INTEGER PRIMARY KEY REFERENCES batch,
        replaced_by INTEGER REFERENCES batch,   -- a corrected file of that name; no line is left of it
        newest_at INTEGER                       -- of its lines
) STRICT;
CREATE INDEX payout_replaced ON payout(replaced_by) WHERE replaced_by IS NOT NULL;

-- What the outcome added to the totals stands with it, so that it can be taken away again.
CREATE TABLE payout_line(
        batch INTEGER NOT NULL,
        line INTEGER NOT NULL,
        id TEXT NOT NULL,
        payment TEXT NOT NULL,                  -- that it is of, as far as we know; else its id
        kind INTEGER NOT NULL CHECK(kind BETWEEN 1 AND 3),
        outcome INTEGER NOT NULL CHECK(outcome BETWEEN 1 AND 6),
        amount INTEGER NOT NULL,
        fee INTEGER NOT NULL,
        net INTEGER NOT NULL,
        currency INTEGER NOT NULL CHECK(currency BETWEEN 0 AND 99),
        created_at INTEGER,
        request INTEGER,                        -- our row
        known INTEGER NOT NULL,                 -- what we know that was paid or given back
        row_n INTEGER NOT NULL CHECK(row_n IN (0, 1)),  -- the row counts here, with row_amount
        row_amount INTEGER NOT NULL,
        PRIMARY KEY(batch, line)
) STRICT, WITHOUT ROWID;
CREATE INDEX payout_line_payment ON payout_line(payment);

-- Counters: of a payout file, and what was settled of the rows of an order file.
CREATE TABLE payout_total(
        batch INTEGER NOT NULL REFERENCES batch,
        currency INTEGER NOT NULL CHECK(currency BETWEEN 0 AND 99),
        outcome INTEGER NOT NULL CHECK(outcome BETWEEN 1 AND 6),
        n INTEGER NOT NULL CHECK(n >= 0),
        amount INTEGER NOT NULL,
        fee INTEGER NOT NULL,
        net INTEGER NOT NULL,
        known INTEGER NOT NULL,
        row_n INTEGER NOT NULL CHECK(row_n >= 0),
        row_amount INTEGER NOT NULL,
        PRIMARY KEY(batch, currency, outcome)
) STRICT, WITHOUT ROWID;

CREATE TABLE settled_total(
        batch INTEGER NOT NULL REFERENCES batch,
        currency INTEGER NOT NULL CHECK(currency BETWEEN 0 AND 99),
        n INTEGER NOT NULL CHECK(n >= 0),       -- rows
        row_amount INTEGER NOT NULL,
        amount INTEGER NOT NULL,                -- paid out for them, refunds taken off
        fee INTEGER NOT NULL,
        net INTEGER NOT NULL,
        PRIMARY KEY(batch, currency)
) STRICT, WITHOUT ROWID;

ALTER TABLE payment ADD COLUMN payout INTEGER;  -- the batch of the payout file that has it
CREATE INDEX payment_unsettled ON payment(paid_at) WHERE paid_at IS NOT NULL AND payout IS NULL;

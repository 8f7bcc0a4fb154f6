-- Of all rows that stand for one order, the one that tells what became of it: the last to which something
-- happened, else the last; and what the others add to the totals of their batches. So the totals of a
-- file together with its corrections are a few look-ups, however many rows were corrected. 1, 2, 3 and
-- 8: rejected, duplicate, conflict and refused, which happens to a row and not to its order.

CREATE TABLE mend_counted(
        root INTEGER PRIMARY KEY,
        id INTEGER NOT NULL
) STRICT;
CREATE TABLE uncounted_total(
        batch INTEGER NOT NULL REFERENCES batch,
        currency INTEGER NOT NULL CHECK(currency BETWEEN 0 AND 99),
        status INTEGER NOT NULL CHECK(status BETWEEN 1 AND 16),
        n INTEGER NOT NULL CHECK(n >= 0),
        amount INTEGER NOT NULL,
        PRIMARY KEY(batch, currency, status)
) STRICT, WITHOUT ROWID;

CREATE TEMP TABLE member AS
SELECT
        root, request.id, batch, currency, status, amount,
        row_number() OVER (
                PARTITION BY root ORDER BY status IN (1, 2, 3, 8), request.id DESC) AS place
FROM (
        SELECT id, root, id >> 32 AS batch FROM mend
        UNION ALL
        SELECT DISTINCT root, root, root >> 32 FROM mend) AS every
JOIN request ON request.id = every.id;

INSERT INTO mend_counted SELECT root, id FROM member WHERE place = 1;
-- Amounts of rows that were rejected may be anything: added up in two halves, and at the ends of the
-- type the sum stops.
INSERT INTO uncounted_total
SELECT
        batch, currency, status, COUNT(*),
        CASE
        WHEN TOTAL(amount) > 9.2e18 THEN 9223372036854775807
        WHEN TOTAL(amount) < -9.2e18 THEN -9223372036854775807
        ELSE (SUM(amount >> 32) << 32) + SUM(amount & 4294967295)
        END
FROM member
WHERE place > 1
GROUP BY batch, currency, status;
DROP TABLE member;

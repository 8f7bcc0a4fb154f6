-- Of a batch's rows the findings that stand, by kind; and the batches of which the summary in results/
-- tells less than the ledger: something was paid out for them, or a finding came or went, which changes
-- no status. `n` is how often, so that what comes while one is being written is not lost.

CREATE TABLE finding_total(
        batch INTEGER NOT NULL,
        kind INTEGER NOT NULL CHECK(kind BETWEEN 1 AND 99),
        n INTEGER NOT NULL CHECK(n >= 0),
        PRIMARY KEY(batch, kind)
) STRICT, WITHOUT ROWID;
INSERT INTO finding_total
SELECT request >> 32, kind, COUNT(*) FROM finding
WHERE request IS NOT NULL AND over_at IS NULL
GROUP BY request >> 32, kind;

CREATE TABLE summary_due(
        batch INTEGER PRIMARY KEY,
        n INTEGER NOT NULL
) STRICT;
-- What there is already was in no summary before.
INSERT INTO summary_due
SELECT batch, 1 FROM finding_total
UNION
SELECT batch, 1 FROM settled_total WHERE n > 0 OR amount <> 0;

CREATE TRIGGER finding_added AFTER INSERT ON finding
WHEN new.request IS NOT NULL AND new.over_at IS NULL BEGIN
        INSERT INTO finding_total VALUES (new.request >> 32, new.kind, 1)
        ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER finding_changed AFTER UPDATE OF request, over_at ON finding
WHEN new.request IS NOT old.request OR (new.over_at IS NULL) <> (old.over_at IS NULL) BEGIN
        UPDATE finding_total SET n = n - 1
        WHERE batch = old.request >> 32 AND kind = old.kind AND old.over_at IS NULL;
        INSERT INTO finding_total
        SELECT new.request >> 32, new.kind, 1 WHERE new.request IS NOT NULL AND new.over_at IS NULL
        ON CONFLICT DO UPDATE SET n = n + 1;
END;

CREATE TRIGGER finding_total_added AFTER INSERT ON finding_total BEGIN
        INSERT INTO summary_due VALUES (new.batch, 1) ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER finding_total_changed AFTER UPDATE ON finding_total BEGIN
        INSERT INTO summary_due VALUES (new.batch, 1) ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER settled_total_added AFTER INSERT ON settled_total BEGIN
        INSERT INTO summary_due VALUES (new.batch, 1) ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER settled_total_changed AFTER UPDATE ON settled_total BEGIN
        INSERT INTO summary_due VALUES (new.batch, 1) ON CONFLICT DO UPDATE SET n = n + 1;
END;

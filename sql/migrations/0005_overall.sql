-- How many rows of the whole store are in a status: what a monitor asks for every few seconds. Kept by
-- the store itself, so that it follows whatever changes a total.
CREATE TABLE overall(
        status INTEGER PRIMARY KEY CHECK(status BETWEEN 1 AND 16),
        n INTEGER NOT NULL CHECK(n >= 0)
) STRICT;
INSERT INTO overall
WITH RECURSIVE every(status) AS (SELECT 1 UNION ALL SELECT status + 1 FROM every WHERE status < 16)
SELECT status, (SELECT ifnull(SUM(n), 0) FROM total WHERE total.status = every.status) FROM every;

CREATE TRIGGER total_added AFTER INSERT ON total BEGIN
        UPDATE overall SET n = n + new.n WHERE status = new.status;
END;
CREATE TRIGGER total_changed AFTER UPDATE OF status, n ON total BEGIN
        UPDATE overall SET n = n - old.n WHERE status = old.status;
        UPDATE overall SET n = n + new.n WHERE status = new.status;
END;
CREATE TRIGGER total_removed AFTER DELETE ON total BEGIN
        UPDATE overall SET n = n - old.n WHERE status = old.status;
END;

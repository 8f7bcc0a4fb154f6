-- held, queued, sending, unknown, open, in progress
SELECT IFNULL(SUM(n), 0) AS n FROM total WHERE batch = :batch AND status IN (4, 5, 6, 7, 9, 10);

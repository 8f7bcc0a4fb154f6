-- held, queued, sending, unknown
SELECT IFNULL(SUM(n), 0) AS n FROM total WHERE batch = :batch AND status IN (4, 5, 6, 7);

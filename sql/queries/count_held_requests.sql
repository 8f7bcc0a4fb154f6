SELECT IFNULL(SUM(n), 0) AS n FROM total WHERE batch = :batch AND status = 4;

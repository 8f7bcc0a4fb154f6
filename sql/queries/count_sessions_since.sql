SELECT COUNT(*) AS n FROM (SELECT 1 FROM session WHERE created_at >= :since LIMIT :max);

-- The first and the last of what waits for its time; an end of the index each.
SELECT
        (SELECT send_at FROM request
                WHERE id >> 32 = :batch AND send_at IS NOT NULL AND status = 5 AND send_at > :now
                ORDER BY send_at LIMIT 1) AS first,
        (SELECT send_at FROM request
                WHERE id >> 32 = :batch AND send_at IS NOT NULL AND status = 5 AND send_at > :now
                ORDER BY send_at DESC LIMIT 1) AS last;

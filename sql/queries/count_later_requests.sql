SELECT COUNT(*) AS n FROM request
WHERE id >> 32 = :batch AND send_at > :now AND status = 5;

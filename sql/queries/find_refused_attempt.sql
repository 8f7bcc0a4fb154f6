-- 3: refused, by a complete answer
SELECT 1 FROM attempt
WHERE request = :request AND generation < :generation AND http_status = :http_status AND verdict = 3
LIMIT 1;

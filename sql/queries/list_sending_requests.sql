SELECT id FROM request
WHERE status IN (6, 7) AND status = 6
ORDER BY id
LIMIT :max;

SELECT id FROM request
WHERE status IN (6, 7) AND status = 7 AND due_at IS NULL
ORDER BY id
LIMIT :max;

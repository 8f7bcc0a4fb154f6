SELECT id, at, uid, verb, argument FROM command
WHERE answered_at IS NULL AND id > :after
ORDER BY id
LIMIT 1;

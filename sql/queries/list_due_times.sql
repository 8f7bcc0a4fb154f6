-- from the index alone
SELECT created_at FROM session
WHERE next_look IS NOT NULL AND next_look <= :until
ORDER BY next_look
LIMIT :max;

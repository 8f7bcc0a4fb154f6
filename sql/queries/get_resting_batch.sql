-- 5: settled
SELECT id FROM batch INDEXED BY batch_resting
WHERE id > :after AND state = 5 AND changed_at <= :until
ORDER BY id
LIMIT 1;

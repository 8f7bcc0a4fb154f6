-- Closed or refused, filed, and quiet since before.
SELECT id FROM batch INDEXED BY batch_to_forget
WHERE state IN (6, 7) AND archived = 1 AND forgotten = 0 AND max(changed_at, received_at) < :before
ORDER BY max(changed_at, received_at)
LIMIT 1;

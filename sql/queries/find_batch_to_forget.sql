-- Closed or refused, filed, and quiet since before.
SELECT id FROM batch
WHERE state IN (6, 7) AND archived = 1 AND changed_at < :before AND received_at < :before
        AND NOT EXISTS (SELECT 1 FROM forgotten WHERE forgotten.batch = batch.id AND what = 2)
ORDER BY id
LIMIT 1;

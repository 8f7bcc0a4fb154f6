-- Closed or refused, filed, and quiet since before; behind the batch `after`, quiet since `since`.
SELECT id, max(changed_at, received_at) AS since FROM batch INDEXED BY batch_to_forget
WHERE
        state IN (6, 7) AND archived = 1 AND forgotten = 0
        AND max(changed_at, received_at) >= :since AND max(changed_at, received_at) < :before
        AND (max(changed_at, received_at) > :since OR id > :after)
ORDER BY max(changed_at, received_at), id
LIMIT 1;

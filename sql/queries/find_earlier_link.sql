-- Of rows that held the reference before: one that is open, in progress, paid, mismatch, refunded; or
-- was given up, and the provider says of its session: created (1), in progress (2).
SELECT 1
FROM request
CROSS JOIN namesake ON namesake.order_id = request.order_id
CROSS JOIN request AS earlier ON earlier.id = namesake.id
CROSS JOIN batch ON batch.id = namesake.id >> 32
LEFT JOIN session ON session.request = earlier.id AND session.status IN (1, 2)
WHERE request.id = :id AND batch.scope = (SELECT scope FROM batch WHERE batch.id = :id >> 32)
        AND earlier.id <> request.id
        AND (earlier.status IN (9, 10, 11, 12, 16) OR session.request IS NOT NULL)
LIMIT 1;

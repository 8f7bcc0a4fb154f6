-- The earliest of every batch in play first: a batch with a million due rows costs :max.
SELECT request.id AS id
FROM batch
CROSS JOIN request ON request.id IN (
        SELECT due.id FROM request AS due
        WHERE due.id >> 32 = +batch.id AND due.due_at <= :now AND due.status IN (5, 7)
        ORDER BY due.due_at
        LIMIT :max)
WHERE batch.state = 4 AND batch.hold = 0
ORDER BY request.due_at, request.id
LIMIT :max;

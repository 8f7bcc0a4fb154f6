SELECT
        request.id, lines, order_id, amount, currency, status, hold, generation, due_at, session, url,
        expires_at, code, reason, raw
FROM request
LEFT JOIN cells ON cells.id = request.id
LEFT JOIN link ON link.id = request.id
LEFT JOIN remark ON remark.id = request.id
WHERE request.id >= :from AND request.id < :end AND status = 5 AND due_at IS NULL
ORDER BY request.id
LIMIT :max;

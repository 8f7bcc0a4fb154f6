SELECT
        request.id, lines, order_id, amount, currency, request.status AS status, hold,
        request.generation AS generation, due_at, session.id AS session, url,
        request.expires_at AS expires_at, code, reason, raw
FROM request
LEFT JOIN cells ON cells.id = request.id
LEFT JOIN session ON session.request = request.id AND session.generation = request.generation
LEFT JOIN remark ON remark.id = request.id
WHERE request.id = :id;

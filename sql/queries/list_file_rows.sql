SELECT
        request.id AS id, lines, order_id, amount, currency, request.status AS status, hold,
        request.generation AS generation, due_at, session.id AS session, url,
        request.expires_at AS expires_at, code, reason, raw
FROM request
LEFT JOIN cells ON cells.id = request.id
LEFT JOIN session ON session.request = request.id AND session.generation = request.generation
LEFT JOIN remark ON remark.id = request.id
WHERE request.id > :after AND request.id < :end
UNION ALL
SELECT
        instruction.id AS id, lines, order_id, 0, 0, instruction.status, 0, 1, NULL,
        -- Not of one given up: its session may turn up later, when the answer is written.
        CASE WHEN code IS NULL THEN session.id END, NULL, NULL, code, reason, raw
FROM instruction
LEFT JOIN cells ON cells.id = instruction.id
LEFT JOIN session ON session.request = target AND session.generation = instruction.generation
WHERE instruction.id > :after AND instruction.id < :end AND action = 1
ORDER BY 1
LIMIT :max;

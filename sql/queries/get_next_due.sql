SELECT MIN(due_at) AS due_at FROM (
        SELECT (
                SELECT due.due_at FROM request AS due
                WHERE due.id >> 32 = +batch.id AND due.due_at IS NOT NULL AND due.status IN (5, 7)
                ORDER BY due.due_at
                LIMIT 1) AS due_at
        FROM batch
        WHERE batch.state = 4 AND batch.hold = 0);

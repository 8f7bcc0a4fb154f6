SELECT ending.due_at
FROM ending
CROSS JOIN batch ON batch.id = request >> 32
CROSS JOIN scope ON scope.id = batch.scope
WHERE ending.state = 1 AND scope.live = :live
ORDER BY ending.due_at
LIMIT 1;

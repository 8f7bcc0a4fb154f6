SELECT 1
FROM ending
CROSS JOIN batch ON batch.id = request >> 32
CROSS JOIN scope ON scope.id = batch.scope
WHERE ending.state = 2 AND scope.live = :live
UNION ALL
SELECT 1
FROM ending
CROSS JOIN batch ON batch.id = request >> 32
CROSS JOIN scope ON scope.id = batch.scope
WHERE ending.state = 3 AND scope.live = :live
LIMIT 1;

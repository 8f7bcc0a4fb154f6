-- Accepted: awaiting approval, running, settled or closed. Taken: see status_takes_reference().
SELECT batch.id
FROM scope
CROSS JOIN batch ON batch.sha256 = :sha256 AND batch.scope = scope.id AND batch.state IN (3, 4, 5, 6)
WHERE profile = :profile AND run = :run AND live = :live AND EXISTS (
        SELECT 1 FROM total
        WHERE total.batch = batch.id AND n > 0 AND status IN (4, 5, 6, 7, 9, 10, 11, 12, 16))
ORDER BY batch.id
LIMIT 1;

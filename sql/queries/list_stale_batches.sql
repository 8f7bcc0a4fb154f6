-- settled and closed ones whose results are older than their rows; payout files have no results
SELECT id FROM batch
WHERE state IN (5, 6) AND changed_at >= results_at
        AND NOT EXISTS (SELECT 1 FROM payout WHERE payout.batch = batch.id)
ORDER BY id;

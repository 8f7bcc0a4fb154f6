-- settled and closed ones whose results are older than their rows
SELECT id FROM batch
WHERE state IN (5, 6) AND changed_at >= results_at
ORDER BY id;

SELECT batch, file, received_at, state, replaced_by, newest_at
FROM payout
JOIN batch ON batch.id = payout.batch
WHERE batch > :after
ORDER BY batch
LIMIT :max;

SELECT payout.batch
FROM batch
JOIN payout ON payout.batch = batch.id
WHERE sha256 = :sha256
  AND scope = (SELECT id FROM scope WHERE profile = 'payouts' AND run = '' AND live = :live)
  AND payout.batch <> :batch AND replaced_by IS NULL
ORDER BY payout.batch DESC
LIMIT 1;

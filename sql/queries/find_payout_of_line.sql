SELECT payout.batch
FROM payout_line
JOIN payout ON payout.batch = payout_line.batch
JOIN batch ON batch.id = payout.batch
WHERE payment = :payment AND payout_line.id = :id AND batch.file = :file AND replaced_by IS NULL
ORDER BY payout.batch DESC
LIMIT 1;

SELECT batch, currency, status, n, amount, state, hold
FROM total
CROSS JOIN batch ON batch.id = total.batch
WHERE batch >= :from AND n > 0
ORDER BY batch, currency, status;

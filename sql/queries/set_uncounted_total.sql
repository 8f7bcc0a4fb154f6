INSERT INTO uncounted_total(batch, currency, status, n, amount)
VALUES (:batch, :currency, :status, :n, :amount)
ON CONFLICT DO UPDATE SET n = excluded.n, amount = excluded.amount;

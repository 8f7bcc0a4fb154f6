INSERT INTO read_total(batch, currency, n, amount)
VALUES (:batch, :currency, :n, :amount)
ON CONFLICT DO UPDATE SET n = excluded.n, amount = excluded.amount;

INSERT INTO refund(id, payment, status, amount, currency, created_at, updated_at)
SELECT :id, id, :status, :amount, :currency, :created_at, :updated_at
FROM payment
WHERE id = :payment
ON CONFLICT(id) DO UPDATE
SET status = excluded.status, amount = excluded.amount, currency = excluded.currency,
        updated_at = excluded.updated_at
WHERE payment = excluded.payment;

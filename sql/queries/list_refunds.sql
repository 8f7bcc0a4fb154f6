SELECT id, payment, status, amount, currency, created_at, updated_at FROM refund
WHERE payment = :payment
ORDER BY created_at, id;

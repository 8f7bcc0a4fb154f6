SELECT
        payment.id, payment.request, payment.generation, payment.status, payment.amount,
        payment.currency, type, bank_reference, error_reason, payment.created_at, paid_at, seen_at,
        refunded
FROM payment
WHERE payment.request = :request
ORDER BY payment.created_at, payment.id;

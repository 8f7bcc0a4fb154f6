SELECT
        payment.id, payment.request, payment.generation, payment.status, payment.amount,
        payment.currency, type, bank_reference, error_reason, payment.created_at, paid_at, seen_at,
        refunded
FROM (
        SELECT holder AS id
        FROM scope
        CROSS JOIN reference ON reference.scope = scope.id AND reference.order_id = :order_id
        UNION
        SELECT id FROM namesake WHERE namesake.order_id = :order_id) AS named
CROSS JOIN payment ON payment.request = named.id
ORDER BY payment.created_at, payment.id;

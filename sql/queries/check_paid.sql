-- 11: paid
SELECT 'row ' || id || ' is paid, and no payment of its amount is known' AS complaint
FROM request
WHERE status = 11 AND NOT EXISTS (
        SELECT 1 FROM payment
        WHERE payment.request = request.id AND paid_at IS NOT NULL
                AND payment.amount = request.amount AND payment.currency = request.currency
                AND refunded < payment.amount)
LIMIT 1;

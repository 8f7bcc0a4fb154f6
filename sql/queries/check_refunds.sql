-- 3: succeeded
SELECT 'payment ' || id || ' has another sum of refunds' AS complaint
FROM payment
WHERE refunded <> (
        SELECT IFNULL(SUM(refund.amount), 0) FROM refund
        WHERE refund.payment = payment.id AND refund.status = 3
                AND refund.currency = payment.currency)
LIMIT 1;

-- 3: succeeded
UPDATE payment
SET refunded = (
        SELECT IFNULL(SUM(amount), 0) FROM refund
        WHERE refund.payment = payment.id AND refund.status = 3
                AND refund.currency = payment.currency)
WHERE id = :payment;

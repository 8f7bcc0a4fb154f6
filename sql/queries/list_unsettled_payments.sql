SELECT payment.id, request, payment.amount, payment.currency, paid_at, order_id
FROM payment
JOIN request ON request.id = payment.request
WHERE paid_at IS NOT NULL AND payout IS NULL AND paid_at < :before
  AND (paid_at, payment.id) > (:after_paid_at, :after_id)
ORDER BY paid_at, payment.id
LIMIT :max;

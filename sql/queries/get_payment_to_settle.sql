SELECT
        request, payment.amount, payment.currency, payment.paid_at, request.amount AS row_amount,
        request.order_id
FROM payment
JOIN request ON request.id = payment.request
WHERE payment.id = :id;

SELECT
        batch, line, payout_line.id, payment, kind, outcome, payout_line.amount, fee, net,
        payout_line.currency, created_at, request, known, row_n, row_amount, order_id
FROM payout_line
LEFT JOIN request ON request.id = payout_line.request
WHERE payment = :payment
ORDER BY batch, line;

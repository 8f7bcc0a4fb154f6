-- Rows of a report, each once for every payment it has, and that once for every line about it in the
-- provider's payout files that counts (1 to 4: settled, different, refunded, returned). The reference of a row that ended unpaid may
-- have been taken by a later row: `replaced`. The filter by the time of payment is here, so that rows
-- without one cost no more than a look at an index.
SELECT
        request.id AS id, order_id, request.amount AS amount, request.currency AS currency,
        request.status AS status, hold, session.id AS session, url,
        session.created_at AS created_at, request.expires_at AS expires_at, code, reason, raw,
        CASE WHEN request.status IN (13, 14) THEN IFNULL((
                SELECT holder FROM reference
                WHERE scope = :scope AND order_id = request.order_id), request.id) != request.id
        ELSE 0 END AS replaced,
        payment.id AS payment, payment.amount AS payment_amount,
        payment.currency AS payment_currency, type, bank_reference, paid_at, refunded,
        settled.batch AS payout, settled.amount AS settled_amount,
        settled.currency AS settled_currency, fee, net
FROM request
LEFT JOIN cells ON cells.id = request.id
LEFT JOIN session ON session.request = request.id AND session.generation = request.generation
LEFT JOIN remark ON remark.id = request.id
LEFT JOIN payment ON payment.request = request.id
LEFT JOIN payout_line AS settled
        ON settled.payment = payment.id AND settled.outcome BETWEEN 1 AND 4
WHERE request.id > :after AND request.id < :end
        AND (:paid_to IS NULL OR EXISTS(
                SELECT 1 FROM payment AS other
                WHERE other.request = request.id AND other.paid_at BETWEEN :paid_from AND :paid_to))
ORDER BY request.id;

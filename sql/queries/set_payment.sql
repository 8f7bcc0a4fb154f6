-- 5: succeeded. A payment stays with the row that it was first seen at.
INSERT INTO payment(
        id, request, generation, status, amount, currency, type, bank_reference, error_reason,
        created_at, paid_at, seen_at, refunded)
VALUES (
        :id, :request, :generation, :status, :amount, :currency, :type, :bank_reference,
        :error_reason, :created_at, CASE WHEN :status = 5 THEN IFNULL(:paid_at, :seen_at) END,
        :seen_at, 0)
ON CONFLICT(id) DO UPDATE
SET status = excluded.status, amount = excluded.amount, currency = excluded.currency,
        type = IFNULL(excluded.type, type),
        bank_reference = IFNULL(excluded.bank_reference, bank_reference),
        error_reason = excluded.error_reason,
        paid_at = CASE
                WHEN excluded.status = 5 THEN IFNULL(:paid_at, IFNULL(paid_at, :seen_at))
                ELSE paid_at END
WHERE request = excluded.request AND generation = excluded.generation;

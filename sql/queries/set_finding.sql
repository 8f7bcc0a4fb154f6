INSERT INTO finding(kind, request, subject, at, amount, currency, detail)
VALUES (:kind, :request, :subject, :at, :amount, :currency, :detail)
ON CONFLICT(kind, subject) DO UPDATE
SET request = excluded.request, amount = excluded.amount, currency = excluded.currency,
        detail = excluded.detail, over_at = NULL,
        at = CASE WHEN over_at IS NULL THEN at ELSE excluded.at END
WHERE over_at IS NOT NULL OR amount IS NOT excluded.amount OR currency <> excluded.currency
        OR detail <> excluded.detail OR request IS NOT excluded.request;

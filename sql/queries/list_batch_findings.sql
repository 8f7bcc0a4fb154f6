SELECT id, kind, request, subject, at, amount, currency, detail, over_at FROM finding
WHERE request IS NOT NULL AND request > :batch << 32 AND request < (:batch + 1) << 32
ORDER BY request, id;

SELECT id, kind, request, subject, at, amount, currency, detail, over_at FROM finding
WHERE request = :request
ORDER BY id;

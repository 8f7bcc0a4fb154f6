SELECT id, kind, request, subject, at, amount, currency, detail, over_at FROM finding
WHERE over_at IS NULL AND id > :after
ORDER BY id
LIMIT :max;

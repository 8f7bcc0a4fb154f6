SELECT 'the findings of batch ' || batch || ' are counted wrong' AS complaint
FROM (
        SELECT batch, kind, n FROM finding_total WHERE n > 0
        EXCEPT
        SELECT request >> 32, kind, COUNT(*) FROM finding
        WHERE request IS NOT NULL AND over_at IS NULL
        GROUP BY request >> 32, kind)
LIMIT 1;

-- What only one of the two knows, whichever it is: a count that is wrong, or is missing.
SELECT 'the findings of batch ' || batch || ' are counted wrong' AS complaint
FROM (
        SELECT batch, kind, n FROM finding_total WHERE n > 0
        UNION ALL
        SELECT request >> 32, kind, COUNT(*) FROM finding
        WHERE request IS NOT NULL AND over_at IS NULL
        GROUP BY request >> 32, kind)
GROUP BY batch, kind, n
HAVING COUNT(*) = 1
LIMIT 1;

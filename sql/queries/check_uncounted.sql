-- What only one of the two knows, whichever it is: a count or a sum that is wrong, or is missing. Amounts
-- of rejected rows may be anything, and their sums have stopped at the ends of the type.
SELECT 'the rows of batch ' || batch || ' that others stand for are counted wrong' AS complaint
FROM (
        SELECT batch, currency, status, n, CASE WHEN status <> 1 THEN amount END AS amount
        FROM uncounted_total
        WHERE n <> 0 OR (status <> 1 AND amount <> 0)
        UNION ALL
        SELECT id >> 32, currency, status, COUNT(*), CASE WHEN status <> 1 THEN SUM(known) END
        FROM (
                SELECT
                        request.id, currency, status,
                        CASE WHEN status <> 1 THEN amount END AS known,
                        row_number() OVER (
                                PARTITION BY root
                                ORDER BY status IN (1, 2, 3, 8), request.id DESC) AS place
                FROM (
                        SELECT id, root FROM mend
                        UNION ALL
                        SELECT DISTINCT root, root FROM mend) AS member
                JOIN request ON request.id = member.id) AS placed
        WHERE place > 1
        GROUP BY id >> 32, currency, status)
GROUP BY batch, currency, status, n, amount
HAVING COUNT(*) = 1
LIMIT 1;

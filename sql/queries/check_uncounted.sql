SELECT 'the rows of batch ' || batch || ' that others stand for are counted wrong' AS complaint
FROM (
        SELECT batch, currency, status, n
        FROM uncounted_total
        WHERE n <> 0
        EXCEPT
        SELECT id >> 32, currency, status, COUNT(*)
        FROM (
                SELECT
                        request.id, currency, status,
                        row_number() OVER (
                                PARTITION BY root
                                ORDER BY status IN (1, 2, 3, 8), request.id DESC) AS place
                FROM (
                        SELECT id, root FROM mend
                        UNION ALL
                        SELECT root, root FROM mend_counted) AS member
                JOIN request ON request.id = member.id) AS placed
        WHERE place > 1
        GROUP BY id >> 32, currency, status)
LIMIT 1;

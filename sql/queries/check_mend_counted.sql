-- What only one of the two knows, whichever it is: of the rows that stand for one order another one
-- counts, or none does.
SELECT 'of the rows that stand for row ' || root || ' the wrong one counts' AS complaint
FROM (
        SELECT root, id FROM mend_counted
        UNION ALL
        SELECT root, id
        FROM (
                SELECT
                        root, request.id,
                        row_number() OVER (
                                PARTITION BY root
                                ORDER BY status IN (1, 2, 3, 8), request.id DESC) AS place
                FROM (
                        SELECT id, root FROM mend
                        UNION ALL
                        SELECT DISTINCT root, root FROM mend) AS member
                JOIN request ON request.id = member.id) AS placed
        WHERE place = 1)
GROUP BY root, id
HAVING COUNT(*) = 1
LIMIT 1;

SELECT 'the count of all rows in status ' || status || ' is wrong' AS complaint
FROM overall
WHERE n <> (SELECT ifnull(SUM(n), 0) FROM total WHERE total.status = overall.status)
LIMIT 1;

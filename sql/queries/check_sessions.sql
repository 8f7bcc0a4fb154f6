SELECT 'rows ' || MIN(request) || ' and ' || MAX(request) || ' have the same session' AS complaint
FROM session
GROUP BY id
HAVING COUNT(*) > 1
LIMIT 1;

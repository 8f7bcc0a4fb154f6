SELECT 'rows ' || MIN(id) || ' and ' || MAX(id) || ' have the same session' AS complaint
FROM link
WHERE session IS NOT NULL
GROUP BY session
HAVING COUNT(*) > 1
LIMIT 1;

SELECT 'row ' || id || ' has no cells' AS complaint
FROM request
WHERE NOT EXISTS (SELECT 1 FROM cells WHERE cells.id = request.id)
LIMIT 1;

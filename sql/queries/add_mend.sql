INSERT OR REPLACE INTO mend(id, root)
SELECT :id, coalesce((SELECT root FROM mend WHERE id = request.id), request.id)
FROM request WHERE id = :mended;

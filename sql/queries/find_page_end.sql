SELECT max(id) AS id
FROM (SELECT id FROM request WHERE id > :after AND id < :end ORDER BY id LIMIT :max);

-- Of cells, not of requests: rows that ask for the end of a link have nothing else.
SELECT max(id) AS id
FROM (SELECT id FROM cells WHERE id > :after AND id < :end ORDER BY id LIMIT :max);

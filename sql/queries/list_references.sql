SELECT id, order_id FROM request
WHERE id > :after AND id < :end AND status = 5
ORDER BY id
LIMIT :max;

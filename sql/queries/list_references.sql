SELECT id, order_id FROM request
WHERE id > :after AND id < :end AND status = 5 AND IFNULL(due_at, 0) < :not_yet
ORDER BY id
LIMIT :max;

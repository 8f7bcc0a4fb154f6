SELECT 1 FROM session
WHERE request >= :from AND request < :end AND next_look IS NOT NULL
LIMIT 1;

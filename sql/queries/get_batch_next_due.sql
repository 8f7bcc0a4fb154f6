SELECT due_at FROM request
WHERE id >> 32 = :batch AND due_at IS NOT NULL AND status IN (5, 7)
ORDER BY due_at
LIMIT 1;

SELECT 1 FROM request
WHERE id >> 32 = :batch AND due_at IS NOT NULL AND due_at > :latest AND due_at < :not_yet
        AND status IN (5, 7)
LIMIT 1;

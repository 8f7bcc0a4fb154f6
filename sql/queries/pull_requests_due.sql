-- Retries that another clock put further ahead than any retry lies. What waits for its send_at, or
-- for the end of another row's link, is not one of them.
UPDATE request SET due_at = :now
WHERE id IN (
        SELECT id FROM request
        WHERE id >> 32 = :batch AND due_at IS NOT NULL AND due_at > :latest AND due_at < :not_yet
                AND status IN (5, 7)
                AND (status = 7 OR send_at IS NULL OR send_at <= :now)
        LIMIT :max);

-- Retries that another clock put further ahead than any retry lies. What waits for its send_at, or
-- for the end of another row's link, is not one of them. By id: of a large scheduled batch all rows
-- lie ahead, and finding out that they are not meant takes as long as looking at them.
UPDATE request SET due_at = :now
WHERE id >= :from AND id < :end AND due_at > :latest AND due_at < :not_yet AND status IN (5, 7)
        AND (status = 7 OR send_at IS NULL OR send_at <= :now);

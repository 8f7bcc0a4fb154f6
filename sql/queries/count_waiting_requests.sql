-- unknown, and to be tried again
SELECT COUNT(*) AS n FROM request
WHERE status IN (6, 7) AND status = 7 AND due_at IS NOT NULL
        AND id > :batch << 32 AND id < (:batch + 1) << 32;

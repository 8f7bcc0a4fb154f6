-- 4: held, 5: queued, 15: cancelled. What is let go, or was withdrawn and is wanted after all, is still
-- not sent before its send_at.
UPDATE request
SET status = :to, hold = :hold,
        due_at = CASE WHEN :from IN (4, 15) AND :to = 5 AND send_at > :due_at THEN send_at
                ELSE :due_at END,
        expires_at = IFNULL(:expires_at, expires_at)
WHERE id = :id AND status = :from;

-- 4: held, 5: queued. What is let go is still not sent before its send_at.
UPDATE request
SET status = :to, hold = :hold,
        due_at = CASE WHEN :from = 4 AND :to = 5 AND send_at > :due_at THEN send_at ELSE :due_at END,
        expires_at = IFNULL(:expires_at, expires_at)
WHERE id = :id AND status = :from;

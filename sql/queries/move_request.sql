UPDATE request
SET status = :to, hold = :hold, due_at = :due_at, expires_at = IFNULL(:expires_at, expires_at)
WHERE id = :id AND status = :from;

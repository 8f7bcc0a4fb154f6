UPDATE ending
SET purpose = :purpose, state = :state, reason = :reason, attempt = :attempt, key = :key,
    due_at = :due_at, first_asked_at = :first_asked_at, answered_at = :answered_at, answered_in = :answered_in, looked = 0, command = :command
WHERE request = :request AND generation = :generation;

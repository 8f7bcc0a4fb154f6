INSERT INTO ending(
        request, generation, purpose, state, reason, attempt, due_at, answered_at, answered_in, command,
        successor)
VALUES (
        :request, :generation, :purpose, :state, 0, 1, :due_at, :answered_at, :answered_in, :command,
        :successor)
ON CONFLICT DO UPDATE SET
        purpose = excluded.purpose, state = excluded.state, reason = 0, attempt = attempt + 1,
        key = NULL, first_asked_at = NULL, due_at = excluded.due_at, answered_at = excluded.answered_at,
        answered_in = excluded.answered_in, looked = 0, command = excluded.command, successor = excluded.successor
WHERE ending.state >= 4;

INSERT INTO session(
        request, generation, id, url, status, created_at, expires_at, looked_at, next_look, gone)
SELECT id, generation, :session, :url, 0, :created_at, :expires_at, 0, :next_look, 0
FROM request
WHERE id = :request
ON CONFLICT(request, generation) DO UPDATE
SET id = excluded.id, url = excluded.url, status = 0, created_at = excluded.created_at,
        expires_at = excluded.expires_at, looked_at = 0, next_look = excluded.next_look,
        end_asked_at = NULL, gone = 0;

INSERT INTO session(
        request, generation, id, url, status, created_at, expires_at, looked_at, next_look, gone)
VALUES (:request, :generation, :id, NULL, 0, :created_at, :expires_at, 0, :next_look, 0)
ON CONFLICT(request, generation) DO NOTHING;

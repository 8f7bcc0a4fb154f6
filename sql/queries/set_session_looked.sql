UPDATE session
SET status = :status, expires_at = IFNULL(:expires_at, expires_at), looked_at = :looked_at,
        next_look = :next_look, gone = :gone
WHERE request = :request AND generation = :generation;

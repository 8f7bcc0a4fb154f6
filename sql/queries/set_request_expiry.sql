UPDATE request SET expires_at = :expires_at
WHERE id = :id AND generation = :generation AND expires_at IS NOT :expires_at;

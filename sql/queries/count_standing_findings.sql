SELECT COUNT(*) AS n FROM (
        SELECT 1 FROM finding WHERE kind = :kind AND over_at IS NULL LIMIT :max);

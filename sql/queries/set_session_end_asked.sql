UPDATE session SET end_asked_at = :at WHERE request = :request AND generation = :generation;

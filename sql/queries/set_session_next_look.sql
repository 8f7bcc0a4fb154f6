UPDATE session SET next_look = :next_look WHERE request = :request AND generation = :generation;

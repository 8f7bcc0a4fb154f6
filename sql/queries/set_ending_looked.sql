UPDATE ending SET looked = 1 WHERE request = :request AND generation = :generation AND state = 3;

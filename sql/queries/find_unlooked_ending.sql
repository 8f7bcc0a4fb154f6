SELECT answered_in FROM ending
WHERE request = :request AND generation = :generation AND state = 3 AND looked = 0;

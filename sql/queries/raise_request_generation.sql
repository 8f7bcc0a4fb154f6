UPDATE request SET generation = generation + 1 WHERE id = :id AND status = 5;

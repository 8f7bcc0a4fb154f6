UPDATE request SET generation = :generation WHERE id = :id;

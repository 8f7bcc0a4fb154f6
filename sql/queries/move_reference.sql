UPDATE reference SET holder = :row, generation = :generation
WHERE scope = :scope AND order_id = :order_id AND generation = :generation - 1;

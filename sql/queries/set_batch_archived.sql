UPDATE batch SET archived = 1 WHERE id = :id;

UPDATE batch SET state = 3, hold = 1 WHERE id = :id AND state = 2;

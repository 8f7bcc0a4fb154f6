UPDATE batch SET state = 4, hold = 0 WHERE id = :id AND state = 3;

UPDATE batch SET state = :state WHERE id = :id;

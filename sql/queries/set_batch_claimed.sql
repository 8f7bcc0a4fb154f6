UPDATE batch SET next_id = :next_id WHERE id = :id;

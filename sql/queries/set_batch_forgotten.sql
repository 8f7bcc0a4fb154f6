UPDATE batch SET forgotten = 1 WHERE id = :batch;

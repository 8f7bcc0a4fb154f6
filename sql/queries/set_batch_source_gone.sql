UPDATE batch SET source_gone = 1 WHERE id = :id;

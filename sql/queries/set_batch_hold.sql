UPDATE batch SET hold = :hold WHERE id = :id;

UPDATE batch SET results_at = :results_at WHERE id = :id;

UPDATE batch SET changed_at = MAX(changed_at, :now) WHERE id = :id;

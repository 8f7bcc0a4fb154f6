UPDATE request SET due_at = :due_at WHERE id = :id AND status IN (5, 7);

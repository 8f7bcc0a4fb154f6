SELECT answer FROM command WHERE id = :id AND answered_at IS NOT NULL;

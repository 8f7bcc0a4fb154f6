SELECT state, hold FROM batch WHERE id = :id;

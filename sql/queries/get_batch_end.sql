SELECT end_id FROM batch WHERE id = :id;

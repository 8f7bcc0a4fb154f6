UPDATE batch SET loaded_offset = :offset, loaded_line = :line, end_id = :end_id
WHERE id = :id;

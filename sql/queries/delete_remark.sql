DELETE FROM remark WHERE id = :id;

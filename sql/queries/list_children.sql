SELECT id FROM batch WHERE parent = :parent AND state <> 7 ORDER BY id;

SELECT id FROM batch WHERE source = :source AND source_gone = 0 ORDER BY id DESC LIMIT 1;

SELECT batch AS id FROM forgotten WHERE pending = 1 AND batch > :after ORDER BY batch LIMIT 1;

SELECT batch AS id FROM forgotten
WHERE pending = 1 AND remains = :remains AND batch > :after
ORDER BY batch
LIMIT 1;

UPDATE instruction SET reason = CAST(zeroblob(length(CAST(reason AS BLOB))) AS TEXT)
WHERE id > :after AND id <= :last;

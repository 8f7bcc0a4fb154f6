UPDATE instruction SET reason = NULL WHERE id > :after AND id <= :last;

UPDATE ending SET state = 1, due_at = :now WHERE state = 2;

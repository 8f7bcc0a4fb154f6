SELECT 1 FROM payment WHERE id > '' LIMIT 1;

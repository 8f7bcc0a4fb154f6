INSERT INTO mend(id, root) VALUES (:id, :root);

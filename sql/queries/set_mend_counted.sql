INSERT INTO mend_counted(root, id)
VALUES (:root, :id)
ON CONFLICT DO UPDATE SET id = excluded.id;

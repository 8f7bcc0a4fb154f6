INSERT INTO cells(id, raw) VALUES (:id, :raw);

INSERT INTO value(name, text) VALUES (:name, :text)
ON CONFLICT(name) DO UPDATE SET text = excluded.text;

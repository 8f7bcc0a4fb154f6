INSERT INTO batch_text(id, rules, header, note) VALUES (:id, :rules, :header, :note);

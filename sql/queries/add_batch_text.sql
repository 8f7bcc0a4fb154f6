INSERT INTO batch_text(id, rules, header, note, declared, control)
VALUES (:id, :rules, :header, :note, :declared, :control);

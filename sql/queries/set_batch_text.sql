UPDATE batch_text SET header = :header, note = :note WHERE id = :id;

UPDATE batch_text SET note = '' WHERE id = :id;

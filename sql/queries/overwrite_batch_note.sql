UPDATE batch_text SET note = CAST(zeroblob(length(CAST(note AS BLOB))) AS TEXT) WHERE id = :id;

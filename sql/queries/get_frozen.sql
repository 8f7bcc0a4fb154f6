SELECT key, body, api, first_sent_at, boot_at, boot FROM frozen
WHERE request = :request AND generation = :generation;

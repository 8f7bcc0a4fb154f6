INSERT INTO frozen(request, generation, key, body, api, first_sent_at, boot_at, boot)
VALUES (:request, :generation, :key, :body, :api, :first_sent_at, :boot_at, :boot);

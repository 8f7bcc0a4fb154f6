UPDATE command SET answered_at = :at, answer = :answer
WHERE id = :id AND answered_at IS NULL;

SELECT number, generation, at, http_status, verdict, duration FROM attempt
WHERE request = :request
ORDER BY number;

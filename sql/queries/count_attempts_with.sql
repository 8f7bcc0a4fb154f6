SELECT COUNT(*) AS n FROM attempt
WHERE request = :request AND generation = :generation AND http_status = :http_status;

INSERT INTO attempt(request, number, generation, at, http_status, verdict, duration)
VALUES (
        :request,
        (SELECT IFNULL(MAX(number), 0) + 1 FROM attempt WHERE request = :request),
        :generation, :at, :http_status, :verdict, :duration);

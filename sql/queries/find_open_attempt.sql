-- 7: unknown; 6 with a 5xx: the answer is stored, but is no proof that nothing was made
SELECT 1 FROM attempt
WHERE request = :request AND generation = :generation
        AND (verdict = 7 OR (verdict = 6 AND http_status >= 500))
LIMIT 1;

-- Looks that a clock which was set back would come to once more. They go to the beginning of that time,
-- where they are due, and are not found again.
UPDATE session SET next_look = :from
WHERE (request, generation) IN (
        SELECT request, generation FROM session
        WHERE next_look > :from AND next_look <= :until
        ORDER BY next_look
        LIMIT :max);

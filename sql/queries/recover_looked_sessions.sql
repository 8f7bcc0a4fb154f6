UPDATE session SET next_look = 1
WHERE next_look IS NOT 1 AND (request, generation) IN (
        SELECT request, generation FROM ending WHERE state = 3 AND looked = 0 AND request > 0);

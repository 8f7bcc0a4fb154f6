SELECT
        ending.request, ending.generation, purpose, ending.state AS state, reason, attempt, key, ending.due_at,
        first_asked_at, answered_at, command, successor, session.id AS session,
        session.status AS session_status, session.gone,
        request.status AS row_status, request.generation AS row_generation, request.order_id,
        IFNULL((SELECT api FROM frozen WHERE frozen.request = ending.request
                AND frozen.generation = ending.generation), batch.api) AS api
FROM (
        SELECT request AS of_request, generation AS of_generation
        FROM ending
        WHERE state = 3 AND looked = 1 AND request > 0
        ORDER BY request
        LIMIT :max) AS page
CROSS JOIN ending ON ending.request = of_request AND ending.generation = of_generation
CROSS JOIN session ON session.request = ending.request AND session.generation = ending.generation
CROSS JOIN request ON request.id = ending.request
CROSS JOIN batch ON batch.id = ending.request >> 32
ORDER BY ending.request;

SELECT
        ending.request, ending.generation, purpose, ending.state AS state, reason, attempt, key, ending.due_at,
        first_asked_at, answered_at, command, successor, session.id AS session,
        session.status AS session_status, session.gone,
        request.status AS row_status, request.generation AS row_generation, request.order_id,
        IFNULL((SELECT api FROM frozen WHERE frozen.request = ending.request
                AND frozen.generation = ending.generation), batch.api) AS api
FROM ending
JOIN session ON session.request = ending.request AND session.generation = ending.generation
JOIN request ON request.id = ending.request
JOIN batch ON batch.id = ending.request >> 32
WHERE ending.request = :request AND ending.generation = :generation;

SELECT frozen.request, frozen.generation, frozen.key, request.status, session.id AS session
FROM (
        SELECT holder AS id
        FROM scope
        CROSS JOIN reference ON reference.scope = scope.id AND reference.order_id = :order_id
        UNION
        SELECT id FROM namesake WHERE namesake.order_id = :order_id) AS named
CROSS JOIN frozen ON frozen.request = named.id
CROSS JOIN request ON request.id = frozen.request
LEFT JOIN session ON session.request = frozen.request AND session.generation = frozen.generation;

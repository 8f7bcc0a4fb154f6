SELECT
        session.request, session.generation, session.id, session.url, session.status,
        session.created_at, session.expires_at, session.looked_at, session.next_look,
        session.end_asked_at, session.gone, IFNULL(frozen.api, batch.api) AS api, scope.live
FROM (
        SELECT holder AS id
        FROM scope
        CROSS JOIN reference ON reference.scope = scope.id AND reference.order_id = :order_id
        UNION
        SELECT id FROM namesake WHERE namesake.order_id = :order_id) AS named
CROSS JOIN session ON session.request = named.id
LEFT JOIN frozen ON frozen.request = session.request AND frozen.generation = session.generation
CROSS JOIN batch ON batch.id = session.request >> 32
CROSS JOIN scope ON scope.id = batch.scope
ORDER BY session.request DESC, session.generation DESC;

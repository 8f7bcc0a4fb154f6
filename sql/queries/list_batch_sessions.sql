SELECT
        session.request, session.generation, session.id, session.url, session.status,
        session.created_at, session.expires_at, session.looked_at, session.next_look,
        session.end_asked_at, session.gone, IFNULL(frozen.api, batch.api) AS api, scope.live
FROM session
LEFT JOIN frozen ON frozen.request = session.request AND frozen.generation = session.generation
CROSS JOIN batch ON batch.id = session.request >> 32
CROSS JOIN scope ON scope.id = batch.scope
WHERE (session.request, session.generation) > (:after, :generation) AND session.request < :end
ORDER BY session.request, session.generation
LIMIT :max;

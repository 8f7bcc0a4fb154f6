-- Of the rows of its order: another one that is open, in progress, paid, mismatch, refunded; or any,
-- itself too, with a session that is not known to be over: neither finished (3) nor expired (4), and
-- not that of a wrong reply (which nobody looks at) after which a person has sent the row anew.
-- 15: cancelled
SELECT earlier.id AS id, earlier.status AS status
FROM (
        SELECT :id AS id
        UNION
        SELECT namesake.id
        FROM request
        CROSS JOIN namesake ON namesake.order_id = request.order_id
        WHERE request.id = :id) AS carrier
CROSS JOIN request AS earlier ON earlier.id = carrier.id
CROSS JOIN batch ON batch.id = carrier.id >> 32
WHERE batch.scope = (SELECT scope FROM batch WHERE batch.id = :id >> 32)
        AND (
                (earlier.id <> :id AND earlier.status IN (9, 10, 11, 12, 16))
                OR EXISTS (
                        SELECT 1 FROM session
                        WHERE session.request = earlier.id AND session.status NOT IN (3, 4)
                                AND (
                                        session.status IN (1, 2) OR session.next_look IS NOT NULL
                                        OR (earlier.status = 15
                                                AND session.generation = earlier.generation))))
ORDER BY earlier.id
LIMIT 1;

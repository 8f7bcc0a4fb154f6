-- The first row that held the reference and was given up. 15: cancelled
SELECT namesake.id
FROM namesake
CROSS JOIN request ON request.id = namesake.id
CROSS JOIN remark ON remark.id = namesake.id
CROSS JOIN batch ON batch.id = namesake.id >> 32
WHERE namesake.order_id = :order_id AND request.status = 15 AND code = :given_up
        AND batch.scope = :scope
ORDER BY namesake.id
LIMIT 1;

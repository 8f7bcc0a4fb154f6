SELECT id FROM (
        SELECT holder AS id
        FROM scope
        CROSS JOIN reference ON reference.scope = scope.id AND reference.order_id = :order_id
        UNION
        SELECT id FROM namesake WHERE namesake.order_id = :order_id)
ORDER BY id DESC;

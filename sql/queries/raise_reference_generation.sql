UPDATE reference SET generation = generation + 1
WHERE holder = :id
        AND scope = (SELECT scope FROM batch WHERE batch.id = :id >> 32)
        AND order_id = (SELECT order_id FROM request WHERE request.id = :id);

SELECT 1 FROM reference
WHERE holder = :id
        AND scope = (SELECT scope FROM batch WHERE batch.id = :id >> 32)
        AND order_id = (SELECT order_id FROM request WHERE request.id = :id);

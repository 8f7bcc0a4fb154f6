SELECT 'row ' || holder || ' holds a reference that is not its own' AS complaint
FROM reference
LEFT JOIN request ON request.id = reference.holder
WHERE request.order_id IS NOT reference.order_id
        OR request.generation IS NOT reference.generation
LIMIT 1;

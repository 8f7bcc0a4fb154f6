SELECT one.content IS other.content AS same_content, a.scope = b.scope AS same_scope
FROM request AS one
CROSS JOIN request AS other ON other.id = :other
CROSS JOIN batch AS a ON a.id = :one >> 32
CROSS JOIN batch AS b ON b.id = :other >> 32
WHERE one.id = :one;

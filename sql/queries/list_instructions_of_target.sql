SELECT instruction.id, order_id, action, send_at, batch.scope
FROM instruction
CROSS JOIN batch ON batch.id = instruction.id >> 32
WHERE target = :target AND instruction.state = 2 AND instruction.generation = :generation;

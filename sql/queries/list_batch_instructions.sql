SELECT instruction.id, order_id, action, send_at, batch.scope
FROM instruction INDEXED BY instruction_open
CROSS JOIN batch ON batch.id = instruction.id >> 32
WHERE instruction.state < 3 AND instruction.state = 1
  AND instruction.id > :after AND instruction.id < :end
ORDER BY instruction.id
LIMIT :max;

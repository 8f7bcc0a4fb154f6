SELECT instruction.id, order_id, action, send_at, batch.scope
FROM instruction INDEXED BY instruction_open
CROSS JOIN batch ON batch.id = instruction.id >> 32
CROSS JOIN scope ON scope.id = batch.scope
WHERE instruction.state < 3 AND instruction.state = 1 AND batch.state IN (4, 5) AND batch.hold = 0
  AND scope.live = :live AND instruction.id > :after
ORDER BY instruction.id
LIMIT :max;

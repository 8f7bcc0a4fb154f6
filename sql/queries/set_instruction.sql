UPDATE instruction
SET state = :state, target = :target, generation = :generation, status = :status, code = :code,
    reason = :reason
WHERE id = :id;

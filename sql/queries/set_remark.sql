INSERT INTO remark(id, code, reason) VALUES (:id, :code, :reason)
ON CONFLICT(id) DO UPDATE SET code = excluded.code, reason = excluded.reason;

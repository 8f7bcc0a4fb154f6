INSERT INTO instruction(id, lines, order_id, action, state, send_at, status, code, reason)
VALUES (:id, :lines, :order_id, :action, :state, :send_at, :status, :code, :reason);

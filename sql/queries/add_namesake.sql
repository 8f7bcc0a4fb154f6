INSERT INTO namesake(order_id, id) VALUES (:order_id, :id)
ON CONFLICT DO NOTHING;

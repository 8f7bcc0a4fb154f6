INSERT INTO reference(scope, order_id, generation, holder) VALUES (:scope, :order_id, 1, :row)
ON CONFLICT DO NOTHING;

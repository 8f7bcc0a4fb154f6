INSERT OR FAIL INTO reference(scope, order_id, generation, holder)
SELECT :scope, order_id, 1, id FROM new_reference WHERE TRUE
ON CONFLICT DO NOTHING;

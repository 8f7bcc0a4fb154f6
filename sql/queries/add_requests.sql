INSERT OR FAIL INTO request(
        id, lines, order_id, amount, currency, status, hold, generation, due_at, send_at, content)
SELECT id, lines, order_id, amount, currency, status, 0, 1, due_at, send_at, content FROM new_row;

SELECT next_look FROM session WHERE next_look IS NOT NULL ORDER BY next_look LIMIT 1;

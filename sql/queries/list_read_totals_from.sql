SELECT batch, currency, n, amount FROM read_total WHERE batch >= :from ORDER BY batch, currency;

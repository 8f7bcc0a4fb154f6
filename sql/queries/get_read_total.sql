SELECT n, amount FROM read_total WHERE batch = :batch AND currency = :currency;

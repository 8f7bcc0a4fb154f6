SELECT currency, n, amount FROM read_total
WHERE batch = :batch
ORDER BY currency;
